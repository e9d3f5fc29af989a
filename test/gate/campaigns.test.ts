// A slice of the campaigns about the gate. In full: node campaigns/run.ts gate-inputs gate-evidence gate-equals gate-equal-classes gate-improvement
import { expect, test } from "vitest";
import { runCampaign } from "../../campaigns/campaign.ts";
import { campaigns } from "../../campaigns/campaigns.ts";

test.each([
  ["gate-inputs", 20],
  ["gate-evidence", 10],
  ["gate-equals", 20],
  ["gate-equal-classes", 12],
  ["gate-improvement", 10],
])("%s finds nothing in %i cases", async (name, cases) => {
  const settings = { name, seed: 2, seeds: 1, cases, only: null, seconds: null };
  const result = await runCampaign(campaigns[name]!, settings);
  expect(result.found).toEqual([]);
  expect(result.cases).toBe(cases);
});
