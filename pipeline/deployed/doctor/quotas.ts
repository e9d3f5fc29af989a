import {
  paginateListAWSDefaultServiceQuotas,
  paginateListServiceQuotas,
  type ServiceQuota,
  ServiceQuotasClient,
} from "@aws-sdk/client-service-quotas";
import { bad, type Check, ok, unknown } from "../../check.ts";
import { type Ladder, quotaName } from "./ladders.ts";

/** How many instances of each type the account may have for these jobs, by the quota's name. */
export async function sagemakerQuotas(): Promise<Map<string, ServiceQuota>> {
  const client = new ServiceQuotasClient({});
  const query = { ServiceCode: "sagemaker" };
  const quotas = new Map<string, ServiceQuota>();
  // The account's own values win over AWS's; a quota that was never raised may be in the second list only.
  for await (const page of paginateListAWSDefaultServiceQuotas({ client }, query))
    for (const quota of page.Quotas ?? []) quotas.set(quota.QuotaName!, quota);
  for await (const page of paginateListServiceQuotas({ client }, query))
    for (const quota of page.Quotas ?? []) quotas.set(quota.QuotaName!, quota);
  return quotas;
}

/** A check for each job: a rung without a quota costs half an hour of retries, a list without one stops the run. */
export function examineQuotas(
  ladders: readonly Ladder[],
  quotas: ReadonlyMap<string, Pick<ServiceQuota, "Value" | "QuotaCode">>,
): Check[] {
  return ladders.map((ladder) => {
    const name = `Quotas of ${ladder.job}`;
    const rungs = ladder.rungs.map((rung) => {
      const quota = quotaName(ladder, rung);
      return { quota, value: quotas.get(quota)?.Value ?? 0, code: quotas.get(quota)?.QuotaCode };
    });
    const found = `${rungs.map(({ quota, value }) => `${quota}: ${value}`).join("; ")}.`;
    const lacking = rungs.filter(({ value }) => value < 1);
    if (lacking.length === 0) return ok(name, found);
    const ask = lacking
      .map(({ quota, code }) =>
        code === undefined
          ? `${quota} is not known here: another region may have the type`
          : `aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code ${code} --desired-value 1`,
      )
      .join("; ");
    return lacking.length === rungs.length
      ? bad(name, found, `Ask for one of them: ${ask}`)
      : unknown(
          name,
          found,
          `Each 0 costs half an hour before the next type is tried. Ask for it, or leave the type out: ${ask}`,
        );
  });
}
