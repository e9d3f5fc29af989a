import { InstallationError } from "../installation.ts";

/** Errors by which AWS says that the credentials are missing, old or wrong. Their own words are left out: some quote the request. */
const credentialErrors = new Set([
  "CredentialsProviderError",
  "TokenProviderError",
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidClientTokenId",
  "InvalidAccessKeyId",
  "InvalidSignatureException",
  "RequestExpired",
  "SignatureDoesNotMatch",
  "UnrecognizedClientException",
]);
const networkErrors = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
]);

/** What a person can do about an error of AWS or its SDK; an error of another kind is given back as it is. */
export function refusalOf(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof InstallationError) return error;
  const { name, message } = error;
  const { code = "", $metadata } = error as { code?: string; $metadata?: object };
  const refusal = (title: string, sentence: string) => new InstallationError(title, sentence);
  if (credentialErrors.has(name))
    return refusal(
      "NoCredentials",
      `AWS takes no credentials from here (${name}). Set AWS_PROFILE, or sign in: aws sso login. See them: aws sts get-caller-identity.`,
    );
  if (/^Region is missing/.test(message))
    return refusal("NoRegion", "No AWS region is set. Set AWS_REGION, or region in the profile.");
  if (networkErrors.has(code) || name === "TimeoutError")
    return refusal(
      "NoConnection",
      `AWS cannot be reached (${code || name}). Look at the network, the proxy and the region, then run the command again.`,
    );
  if ($metadata === undefined) return error;
  if (/^AccessDenied/.test(name))
    return refusal("AccessDenied", `${message} Ask for this permission, or take another AWS_PROFILE.`);
  return refusal(name, message);
}
