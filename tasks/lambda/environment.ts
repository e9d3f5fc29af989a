// The one file that reads what the deployment sets: wrong configuration fails at the first call, naming the variable.
import { NamedError } from "../../schemas/tables/errors.ts";

/** What the deployment tells a function. */
export const environment = {
  /** `s3`, or `file:` and the absolute path of a folder: which object store driver to open. */
  get objectStore() {
    return required("OBJECT_STORE", /^(s3|file:\/.+)$/, "s3 or file:/absolute/folder");
  },
  /** The data bucket: exports, base models, runs, embedding stores and champions. */
  get dataBucket() {
    return required("DATA_BUCKET", /^[a-z0-9][a-z0-9.-]{2,62}$/, "a bucket name");
  },
  /** Base model of executions that name none. */
  get baseModel() {
    return required("BASE_MODEL", /^[a-z0-9][a-z0-9-]*$/, "the name of a base model");
  },
  /** The folder of bundles, generation log and pointer: an EFS mount in the cloud. */
  get modelsFolder() {
    return required("MODELS_DIR", /^\/.+/, "an absolute folder");
  },
  /** How many bundles are kept besides the one in use. */
  get keepVersions() {
    return Number(required("KEEP_VERSIONS", /^[1-9][0-9]{0,3}$/, "a whole number from 1 to 9999"));
  },
  /** The EFS and the access point that the models folder is mounted from; null for a folder of this machine. */
  get fileSystem() {
    const value = required(
      "FILE_SYSTEM",
      /^(none|fs-[0-9a-f]{8,40}\/fsap-[0-9a-f]{8,40})$/,
      "none or fs-…/fsap-…",
    );
    const [fileSystemId = "", accessPointId = ""] = value.split("/");
    return value === "none" ? null : { fileSystemId, accessPointId };
  },
  /** The operators' topic: its ARN, or `file:` and the absolute path of a file on one machine. */
  get topic() {
    return required("TOPIC", /^(arn:.+|file:\/.+)$/, "an ARN or file:/absolute/file");
  },
  /** What a `pbp` command needs behind it to reach this installation: ` --cloud`, ` --home …`, or nothing for `.pbp`. */
  get commandOptions() {
    const value = required(
      "COMMAND_OPTIONS",
      /^(none|--cloud( --stack [A-Za-z][A-Za-z0-9]*)?|--home [\s\S]+)$/,
      "none, --cloud … or --home …",
    );
    return value === "none" ? "" : ` ${value}`;
  },
  /** The registered models with an alarm for days without success. */
  get expectedModels() {
    const value = required(
      "EXPECTED_MODELS",
      /^[a-z0-9][a-z0-9-]*(,[a-z0-9][a-z0-9-]*)*$/,
      "none, or names of models with commas between",
    );
    return value === "none" ? [] : value.split(",");
  },
  /** The file of what people say of the models, for model-card.md; null: there is none. */
  get modelCard() {
    const value = required("MODEL_CARD", /^(none|\/.+)$/, "none or the absolute path of a file");
    return value === "none" ? null : value;
  },
  /** The MLflow server that runs are sent to: JSON as tracking.schema.json has it, or the path of a file; null: none. */
  get tracking() {
    const value = required(
      "TRACKING",
      /^(none|\/.+|\{.+\})$/,
      "none, a JSON object or the absolute path of a file",
    );
    return value === "none" ? null : value;
  },
  /** Where models are published: JSON as serving-target.schema.json has it; null: nowhere, as on one machine. */
  get serving() {
    const value = required("SERVING", /^(none|\{.+\})$/, "none or a JSON object");
    return value === "none" ? null : value;
  },
  /** The role that alone may call a function behind a URL; null on one machine, where a token says who calls. */
  get callerRole() {
    const value = required(
      "CALLER_ROLE",
      /^(none|arn:aws[\w-]*:iam::\d{12}:role\/.+)$/,
      "none or a role's ARN",
    );
    return value === "none" ? null : value;
  },
  /** The key that parts of uploads are encrypted with; on one machine, the address that takes them. */
  get uploadsTo() {
    return required(
      "UPLOADS_TO",
      /^(arn:aws[\w-]*:kms:.+|http:\/\/127\.0\.0\.1:\d+)$/,
      "a key's ARN or http://127.0.0.1:port",
    );
  },
  /** What every execution that an export starts is given besides it, as JSON: what receive-export judges exports by. */
  get executionSettings() {
    return JSON.parse(required("EXECUTION_SETTINGS", /^\{.*\}$/s, "a JSON object")) as object;
  },
  /** Whether promotions wait for a person: the setting itself, or the path of a home's settings.json. */
  get approval() {
    return required(
      "APPROVAL",
      /^(none|required|four-eyes|\/.+)$/,
      "none, required, four-eyes or the absolute path of a file",
    );
  },
  /** What Register tells the Model Registry by: JSON as registry-target.schema.json has it; null: it is not used. */
  get registry() {
    const value = required("REGISTRY", /^(none|\{.+\})$/, "none or a JSON object");
    return value === "none" ? null : value;
  },
  /** How files of notes are answered: JSON as prediction-target.schema.json has it; null: not by jobs of SageMaker. */
  get predict() {
    const value = required("PREDICT", /^(none|\{.+\})$/, "none or a JSON object");
    return value === "none" ? null : value;
  },
  /** The commit that the code was bundled from, for the lineage of bundles. */
  get codeRevision() {
    return required(
      "CODE_REVISION",
      /^([0-9a-f]{40}(-dirty)?|unknown)$/,
      "a commit, with -dirty behind it or not, or unknown",
    );
  },
  /** With which the names of the deployment's endpoints begin. */
  get stackName() {
    return required("STACK_NAME", /^[A-Za-z][A-Za-z0-9]{0,19}$/, "the stack's name");
  },
  get stateMachineArn() {
    return required("STATE_MACHINE_ARN", /^arn:/, "an ARN");
  },
};

function required(name: string, pattern: RegExp, expected: string): string {
  const value = process.env[name];
  if (value === undefined || !pattern.test(value))
    throw new NamedError(
      "TaskFailed",
      `The environment variable ${name} must be ${expected}; it is ${value === undefined ? "not set" : "something else"}.`,
    );
  return value;
}
