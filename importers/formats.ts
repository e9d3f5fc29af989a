import type { Format } from "./format.ts";
import { brat } from "./formats/brat.ts";
import { comprehend } from "./formats/comprehend.ts";
import { conll } from "./formats/conll.ts";
import { docbin } from "./formats/docbin.ts";
import { doccano } from "./formats/doccano.ts";
import { fasttext } from "./formats/fasttext.ts";
import { groundTruth } from "./formats/ground-truth.ts";
import { huggingFace } from "./formats/hugging-face.ts";
import { labelStudio } from "./formats/label-studio.ts";
import { labelStudioMin } from "./formats/label-studio-min.ts";
import { prodigy } from "./formats/prodigy.ts";
import { pubtator } from "./formats/pubtator.ts";
import { tables } from "./formats/tables/tables.ts";

/** Every format, those first whose marks no other has. */
export const formats: readonly Format[] = [
  docbin,
  brat,
  groundTruth,
  labelStudio,
  labelStudioMin,
  comprehend,
  pubtator,
  fasttext,
  huggingFace,
  doccano,
  prodigy,
  conll,
  tables,
];
