/** Days since an execution succeeded: the function that publishes it and the alarm that watches it must say the same. */
export const daysSinceSuccess = { namespace: "PredictiveBilling", name: "DaysSinceSuccess" } as const;
