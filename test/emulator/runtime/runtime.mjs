// Lambda's runtime API from the function's side, as the Node runtime in AWS speaks it. The emulator's own Node runtime
// loses the name of what a function throws (every error becomes Runtime.HandlerError), and the names are what Retry,
// Catch and the runbook go by.
const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const [file, name] = process.env._HANDLER.split(".");
const { [name]: handler } = await import(`./${file}.mjs`);

const described = (error) => ({
  errorType: error?.name ?? typeof error,
  errorMessage: error?.message ?? String(error),
  trace: String(error?.stack ?? "").split("\n"),
});

for (;;) {
  const next = await fetch(`${api}/invocation/next`);
  if (!next.ok) process.exit(0); // the environment is being shut down
  const id = next.headers.get("lambda-runtime-aws-request-id");
  const deadline = Number(next.headers.get("lambda-runtime-deadline-ms"));
  const context = { awsRequestId: id, getRemainingTimeInMillis: () => deadline - Date.now() };
  const send = (kind, body) =>
    fetch(`${api}/invocation/${id}/${kind}`, { method: "POST", body: JSON.stringify(body) });
  try {
    await send("response", (await handler(await next.json(), context)) ?? null);
  } catch (error) {
    await send("error", described(error));
  }
}
