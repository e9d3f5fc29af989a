import { once } from "node:events";
import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import { Crew } from "../../tasks/preprocess/examine/crew.ts";

const header = { kind: "keyphrases", labels: ["problem"] as ["problem"], offsetUnit: "utf16" } as const;
const recordOf = (bytes: number, index: number) =>
  Buffer.from(JSON.stringify({ recordId: `r-${index}`, text: "kidney ".repeat(bytes / 7) }));

test.skipIf(availableParallelism() === 1)(
  "no record waits for more than a megabyte before it, however large its neighbours are",
  async () => {
    let added = 0;
    let entered = 0;
    const crew = new Crew({ header, testFraction: 0.2, validates: false }, ({ count }) => {
      entered += count;
    });
    const add = (bytes: number) => crew.add(recordOf(bytes, added), added++, { line: added });
    try {
      const started = once(process, "worker");
      // A batch each. With the last one, the second thread is started; it has its first when one is not entered at once.
      for (let batch = 0; batch < 32; batch++) add(150_000);
      await started;
      while (entered === added) {
        add(150_000);
        await new Promise(setImmediate);
      }
      await crew.settle();
      for (let huge = 0; huge < 5; huge++) {
        add(2_000_000);
        await crew.settle();
        expect(entered).toBe(added);
      }
    } finally {
      await crew.close();
    }
  },
);
