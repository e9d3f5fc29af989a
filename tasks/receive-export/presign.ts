import { environment } from "../lambda/environment.ts";

/** What a part must be: the address takes no other. */
type Part = { key: string; sizeBytes: number; sha256: string };

/** A PUT to `url` with `headers`, a body of exactly that length, and nothing else. */
export type Address = { url: string; headers: Record<string, string> };

// A part of 32 MiB takes a minute at 5 Mbit/s.
const validSeconds = 900;

/**
 * Where a part is put without this function: to S3, by a URL that is signed for its length, its checksum and the key that
 * encrypts it; on one machine, to the address that pbp receive listens at.
 */
export async function addressOf(part: Part): Promise<Address> {
  const to = environment.uploadsTo;
  const checksum = Buffer.from(part.sha256, "hex").toString("base64");
  if (to.startsWith("http:"))
    return { url: `${to}/${part.key}`, headers: { "x-amz-checksum-sha256": checksum } };
  return presigned(part, checksum, to);
}

async function presigned({ key, sizeBytes }: Part, checksum: string, kmsKey: string): Promise<Address> {
  const [{ PutObjectCommand, S3Client }, { getSignedUrl }] = await Promise.all([
    import("@aws-sdk/client-s3"),
    import("@aws-sdk/s3-request-presigner"),
  ]);
  const headers = {
    "x-amz-checksum-sha256": checksum,
    "x-amz-server-side-encryption": "aws:kms",
    "x-amz-server-side-encryption-aws-kms-key-id": kmsKey,
  };
  const put = new PutObjectCommand({
    Bucket: environment.dataBucket,
    Key: key,
    ContentLength: sizeBytes,
    ChecksumSHA256: checksum,
    ServerSideEncryption: "aws:kms",
    SSEKMSKeyId: kmsKey,
  });
  // As headers, which S3 checks; hoisted into the query it would not.
  const unhoistableHeaders = new Set(Object.keys(headers));
  const url = await getSignedUrl(new S3Client({}), put, { expiresIn: validSeconds, unhoistableHeaders });
  return { url, headers };
}
