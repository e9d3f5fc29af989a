// Tables are written by people: what is a class, what a text, and how many cells a row has, no tool has made sure of.
import { readFileSync } from "node:fs";
import { crc32, deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { detect } from "../../importers/detect.ts";
import { imported, lost, sources } from "./sources.ts";

const canary = "zqxCANARYzqx";
const table = (content: string, options: Parameters<typeof imported>[2] = {}) =>
  imported("table", { "a.csv": content }, options);
const classesOf = async (...read: Parameters<typeof table>) =>
  (await table(...read)).records.map(({ classes }) => classes);

/** Refused, by a message that has no word of a text. */
async function refused(content: string, message: RegExp): Promise<void> {
  const error = await table(content).catch((thrown: Error) => thrown);
  expect(error).toMatchObject({ name: "InvalidExport", message: expect.stringMatching(message) });
  expect((error as Error).message).not.toContain(canary);
}

describe("texts are never taken for classes", () => {
  test.each([
    [
      "columns of other names",
      `question,queue\nWhere is ${canary} my bill,billing\nPay ${canary} now,billing\n`,
    ],
    ["the classes behind", `Where is ${canary} my bill,billing\nPay ${canary} now,billing\nIs it,billing\n`],
    [
      "pairs of texts",
      `Where is ${canary},Here is ${canary} all of it\nAnd ${canary},No it is ${canary} here\n`,
    ],
  ])("%s: refused", (_, content) =>
    refused(content, /^a.csv, line 1: expected a head, or classes.*Put a head above/),
  );

  test("blank lines before the head", async () => {
    const files = sources({ "a.csv": "\n\nid,text,label\n1,a,x\n" });
    expect(await detect(files)).toMatchObject({ saw: "a head with a column of texts" });
    expect(await classesOf("\n\nid,text,label\n1,a,x\n")).toEqual([["x"]]);
  });

  test("a column that is all different is no column of classes", async () => {
    const rows = Array.from({ length: 20 }, (_, index) => `t${index},${canary} ${index}\n`).join("");
    await refused(`text,label\n${rows}`, /expected classes that come back.*--label-field/);
    await refused(`text,label\na,${canary.repeat(200)}\n`, /^a.csv, line 2: expected classes that come back/);
  });

  test("Label Studio's CSV: regions and choices are JSON in a cell", async () => {
    const cell = `"[{""start"":0,""text"":""${canary}"",""labels"":[""P""]}]"`;
    await refused(
      `text,id,label,annotation_id\nKidney,1,${cell},1\n`,
      /^a.csv, line 2: .*Export JSON instead/,
    );
    await refused(
      `text,sentiment,annotation_id\nGood,pos,1\nBad,"{""choices"":[""${canary}""]}",2\n`,
      /^a.csv, line 3: .*Export JSON instead/,
    );
  });
});

describe("rows", () => {
  test.each([
    ["label,text\nother,Hello\nbilling,Where is my bill, please?\n", "line 3: expected 2 cells"],
    [`id,text,label\n1,Hello, dear ${canary},billing\n`, "line 2: expected 3 cells"],
    ["BILLING,Where is my bill, please?\nOTHER,Hello\n", "line 1: expected a head.*quotes around"],
    ["OTHER,Hello\nBILLING,Where is my bill, please?\n", "line 2: expected 2 cells.*quotes around"],
    ["label,text\nbilling,Where is\nmy bill\n", "line 3: expected 2 cells.*found 1"],
  ])("of another width are refused: %j", (content, message) => refused(content, new RegExp(message)));

  test("empty cells at the end, and rows of empty cells, are none", async () => {
    const read = await table("id,text,label\n1,a,x,,\n,,\n2,b,x\n");
    expect(read.records).toHaveLength(2);
    expect(lost(read)).toEqual({ "rows without a text": 1 });
  });

  test("what separates cells is what makes a name of the head", async () => {
    expect((await table("BILLING,Where; is; my bill\nOTHER,Hello\n")).records[0]!.text).toBe(
      "Where; is; my bill",
    );
    const read = await table("id;text, full;label\n1;a, b;x\n", { textField: "text, full" });
    expect(read.records[0]!.text).toBe("a, b");
  });
});

describe("workbooks", () => {
  const text = (cell: string, value: string) => `<c r="${cell}" t="inlineStr"><is><t>${value}</t></is></c>`;
  const head = `<row r="1">${text("A1", "text")}${text("B1", "label")}${text("C1", "made")}</row>`;

  test("hidden rows are counted; an error counts where it stands for a text or a label alone", async () => {
    const read = await imported("table", {
      "a.xlsx": workbook(
        `${head}<row r="2" hidden="1">${text("A2", "a")}${text("B2", "x")}<c r="C2" t="e"><v>#N/A</v></c></row>`,
      ),
    });
    expect(read.records).toHaveLength(1);
    expect(lost(read)).toEqual({ "hidden rows, taken as the others are": 1 });
    const spoiled = workbook(`${head}<row r="2">${text("A2", "a")}<c r="B2" t="e"><v>#N/A</v></c></row>`);
    await expect(imported("table", { "a.xlsx": spoiled })).rejects.toThrow(
      "a.xlsx, row 2: expected text, found an error of a formula",
    );
  });

  test.each([
    [
      "merged",
      `<row r="2">${text("A2", "a")}${text("B2", "x")}</row><row r="3">${text("A3", "b")}<c r="B3"/></row>`,
      "a.xlsx, row 3: expected text, found a cell that is merged",
    ],
    [
      "never computed",
      `<row r="2">${text("A2", "a")}<c r="B2"><f>LOWER("X")</f><v></v></c></row>`,
      "a.xlsx, row 2: expected text, found a formula whose result is not in the file",
    ],
  ])("a label that is %s is refused: the row would count as not annotated", async (_, rows, message) => {
    const merges = '<mergeCells count="1"><mergeCell ref="B2:B3"/></mergeCells>';
    const read = imported("table", { "a.xlsx": workbook(head + rows, undefined, merges) });
    await expect(read).rejects.toThrow(message);
  });

  test("empty rows before the head", async () => {
    const late = `<row r="3">${text("A3", "text")}${text("B3", "label")}</row>`;
    const read = await imported("table", {
      "a.xlsx": workbook(`${late}<row r="4">${text("A4", "a")}${text("B4", "x")}</row>`),
    });
    expect(read.records).toMatchObject([{ text: "a", classes: ["x"] }]);
  });

  test.each([
    ["says that it unpacks to too much", 2 ** 29],
    ["says less than it unpacks to", 100],
  ])("one that %s is refused before it is read", async (_, size) => {
    const read = imported("table", { "a.xlsx": workbook(head, size) });
    await expect(read).rejects.toThrow(/^a.xlsx: expected (a workbook of at most|an Excel workbook)/);
  });
});

describe("several classes in a cell", () => {
  test.each([
    ["parts come alone too", "a,x#y\nb,x\nc,y\n", [["x", "y"], ["x"], ["y"]]],
    ["no part does: names", "a,C#\nb,Java\nc,Ticket #1\n", [["C#"], ["Java"], ["Ticket #1"]]],
  ])("%s", async (_, rows, expected) => {
    expect(await classesOf(`text,label\n${rows}`)).toEqual(expected);
  });

  test("where it cannot be seen, --separator says it", async () => {
    const content = 'text,label\na,"billing, urgent"\nb,billing\nc,billing; urgent\n';
    await refused(content, /^a.csv, line 4: .*--separator ";"/);
    expect(await classesOf(content, { separator: ",;" })).toEqual([
      ["billing", "urgent"],
      ["billing"],
      ["billing", "urgent"],
    ]);
    expect(await classesOf(content, { separator: "none" })).toEqual([
      ["billing, urgent"],
      ["billing"],
      ["billing; urgent"],
    ]);
  });

  test("that names have a separator in them is said", async () => {
    const read = await table("text,label\na,Surgery | General\n");
    expect(read.result.said).toEqual([
      'Labels with "|" in them are taken as they are. --separator "|" splits them.',
    ]);
  });
});

describe("columns of classes", () => {
  test("one that says 0 or 1 is its class, unless it is called label", async () => {
    const read = await table("id,text,toxic\n1,a,1\n2,b,0\n3,c,\n");
    expect(read.header).toMatchObject({ kind: "multi-label", labels: ["toxic"] });
    expect(read.records.map(({ classes }) => classes)).toEqual([["toxic"], [], undefined]);
    expect(await classesOf("text,toxic,n\na,1,7\n", { labelField: "toxic" })).toEqual([["toxic"]]);
    expect(await classesOf("text,label\na,1\nb,0\n")).toEqual([["1"], ["0"]]);
  });

  test("several, none of which applies to a text: multi-label; one each: single-label", async () => {
    const none = await table("text,toxic,threat\na,1,0\nb,0,0\n");
    expect(none.header.kind).toBe("multi-label");
    expect(none.records.map(({ classes }) => classes)).toEqual([["toxic"], []]);
    expect((await table("text,toxic,threat\na,1,0\nb,0,1\n")).header.kind).toBe("single-label");
  });

  test.each([
    ["text,label,label\na,x,y\n", "expected one column of labels, found 2"],
    ["text,label,category\na,x,y\n", "expected one column of labels, found 2.*--label-field"],
  ])("two of labels are refused: %j", (content, message) => refused(content, new RegExp(message)));

  test("two of the name that was asked for are refused", async () => {
    const read = table("text,q,q\na,x,y\n", { labelField: "q" });
    await expect(read).rejects.toThrow('a.csv, line 1: expected one column "q" in the head, found 2');
  });
});

describe("tables", () => {
  test("classes without a head", async () => {
    const read = await table('GOOD,"Fine, thanks"\nBAD|LATE,No not so\n');
    expect(read.records.map(({ text, classes }) => [text, classes])).toEqual([
      ["Fine, thanks", ["GOOD"]],
      ["No not so", ["BAD", "LATE"]],
    ]);
  });

  test("quotes with line breaks, separators, several labels, 0 and 1", async () => {
    const csv = await imported("table", {
      "a.csv": 'id;text;label\n7;"Kidney\nstone; ""seen""";x#y\n8;none;\n9;a;x\n10;b;y\n',
    });
    expect(csv.records).toEqual([
      { recordId: "7", text: 'Kidney\nstone; "seen"', classes: ["x", "y"] },
      { recordId: "8", text: "none" },
      { recordId: "9", text: "a", classes: ["x"] },
      { recordId: "10", text: "b", classes: ["y"] },
    ]);
    const wide = await imported("table", {
      "a.tsv": "id\ttext\ttoxic\tthreat\n1\ta\t1\t0\n2\tb\t0\t0\n3\tc\t-1\t-1\n4\td\t1\t1\n",
    });
    expect(wide.records.map(({ classes }) => classes)).toEqual([
      ["toxic"],
      [],
      undefined,
      ["toxic", "threat"],
    ]);
  });

  test("UTF-16 with a mark, a mark of UTF-8, and Windows-1252, which is said", async () => {
    const text = "text,label\nCaf\u00e9,x\n";
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
    const marked = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)]);
    for (const file of [utf16, marked, Buffer.from(text, "latin1")])
      expect((await imported("table", { "a.csv": file })).records[0]!.text).toBe("Caf\u00e9");
    const western = await imported("table", { "a.csv": Buffer.from(text, "latin1") });
    expect(western.result.said).toEqual([
      "a.csv is not UTF-8: read as Windows-1252. If letters are wrong, save it as CSV UTF-8 and import it again.",
    ]);
    // In Shift-JIS, an invoice and where it is.
    const bytes = "90bf8b818f91,78\n82c782b182c582b782a9,79\n".replace(/[^,\n]+(?=,)/g, (hex) =>
      Buffer.from(hex, "hex").toString("latin1"),
    );
    await expect(
      imported("table", { "a.csv": Buffer.from(`text,label\n${bytes}`, "latin1") }),
    ).rejects.toThrow("a.csv: expected UTF-8, or Windows-1252, which has no such bytes.");
  });

  test("an Excel workbook; a date that was a code is refused", async () => {
    const file = readFileSync(new URL("data/mails.xlsx", import.meta.url));
    const { records } = await imported("table", { "mails.xlsx": file });
    expect(records.map(({ text, classes }) => [text, classes])).toEqual([
      ["Where is my bill?", ["billing"]],
      ["Caf\u00e9 \u{1f600}", ["other"]],
    ]);
    const dates = readFileSync(new URL("data/dates.xlsx", import.meta.url));
    await expect(imported("table", { "dates.xlsx": dates })).rejects.toThrow(
      "dates.xlsx, row 2: expected text, found a date",
    );
  });

  test("a broken quote is told by its line, not by its text", async () => {
    const read = imported("table", { "a.csv": 'text,label\na,x\n"secret" b,y\n' });
    await expect(read).rejects.toThrow("a.csv, line 3: expected quotes");
    await expect(read).rejects.not.toThrow("secret");
  });
});

/** A workbook of one sheet. @param size What the archive says that the sheet unpacks to. */
function workbook(rows: string, size?: number, after = ""): Buffer {
  const sheet = `<worksheet><sheetData>${rows}</sheetData>${after}</worksheet>`;
  const parts: Record<string, string> = {
    "[Content_Types].xml": "<Types/>",
    "xl/workbook.xml": '<workbook><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels":
      '<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/worksheets/sheet1.xml": sheet,
  };
  const [locals, centrals]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const [name, content] of Object.entries(parts)) {
    const packed = deflateRawSync(content);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(content), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE((content === sheet && size) || Buffer.byteLength(content), 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), fields, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    centrals.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\0"), fields, rest, Buffer.from(name)]));
    locals.push(local);
    at += local.length;
  }
  const central = Buffer.concat(centrals);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(centrals.length, 4);
  end.writeUInt16LE(centrals.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...locals, central, Buffer.from("PK\x05\x06"), end]);
}

test("Excel's own first line says what separates the cells", async () => {
  const files = { "a.csv": "sep=;\r\ntext;label\r\nWhere, please?;billing\r\nPaid;billing\r\n" };
  expect((await detect(sources(files))).format.name).toBe("table");
  expect((await imported("table", files)).records.map(({ classes }) => classes)).toEqual([
    ["billing"],
    ["billing"],
  ]);
});
