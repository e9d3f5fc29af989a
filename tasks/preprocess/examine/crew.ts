import {
  isMainThread,
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
  workerData,
} from "node:worker_threads";
import { NamedError } from "../../../schemas/tables/errors.ts";
import { cores } from "../../lambda/cores.ts";
import type { RecordPlace } from "../read/splitter.ts";
import { Batch, type Memory, type Records } from "./batch.ts";
import type { Examined } from "./examined.ts";
import { type Examination, Examiner } from "./examiner.ts";

/** Batches before a second thread is worth its start, a tenth of a second: 4 MB. */
const STARTS_AFTER = 32;
/** So many batches lie at the second thread, so that it need not wait for the next one. */
const AT_THREAD = 3;
/** More than this does not wait for its turn when further bytes are read: eight batches, or one huge record. */
const MOST_WAITING_BYTES = 1024 * 1024;

type Entry = { batch: Batch; examined: Examined | null };
type Answer = Examined & { bytes: Memory };

/**
 * Has records examined by two threads, if the machine has two cores, and enters them in their order. Whatever the second
 * thread has no time for, this one examines itself: so neither waits, and with one core nothing is lost.
 */
export class Crew {
  private readonly examination: Examination;
  private readonly examiner: Examiner;
  private readonly enter: (batch: Batch, examined: Examined) => void;
  /** In the order of the export. */
  private readonly queue: Entry[] = [];
  private readonly atThread: Entry[] = [];
  private readonly spare: Batch[] = [];
  private filling = new Batch();
  private handed = 0;
  private thread: Worker | null = null;
  private port: MessagePort | null = null;
  private isReady = false;
  private failure: Error | null = null;
  private wake = () => {};

  constructor(examination: Examination, enter: (batch: Batch, examined: Examined) => void) {
    this.examination = examination;
    this.examiner = new Examiner(examination);
    this.enter = enter;
  }

  /** Takes a record, or the beginning of one that is too large. */
  add(record: Uint8Array, index: number, place: RecordPlace, isTooLarge = false) {
    this.filling.add(record, index, place, isTooLarge);
    if (this.filling.isFull) this.hand();
  }

  /** Lets the second thread catch up. */
  async settle() {
    const waiting = () => this.queue.reduce((sum, { batch }) => sum + batch.size, 0);
    while (waiting() > MOST_WAITING_BYTES) await this.answer();
  }

  /** Waits until every record is entered. */
  async finish() {
    if (this.filling.count > 0) this.hand();
    while (this.queue.length > 0) await this.answer();
  }

  async close() {
    this.port?.close();
    await this.thread?.terminate();
  }

  private hand() {
    const entry: Entry = { batch: this.filling, examined: null };
    this.queue.push(entry);
    this.filling = this.spare.pop() ?? new Batch();
    if (++this.handed === STARTS_AFTER && cores() >= 2) this.start();
    try {
      this.receive();
      if (this.port && this.isReady && this.atThread.length < AT_THREAD) this.send(this.port, entry);
      else entry.examined = this.examiner.examine(entry.batch);
    } catch (error) {
      // Nobody has the batch now, and nobody may wait for it.
      this.failure ??= error as Error;
      throw error;
    }
    this.enterExamined();
  }

  private enterExamined() {
    for (let first = this.queue[0]; first?.examined; first = this.queue[0]) {
      this.queue.shift();
      const { batch, examined } = first;
      batch.out = examined.out;
      try {
        this.enter(batch, examined);
      } catch (error) {
        // What follows a record that ends everything is never entered.
        this.queue.length = 0;
        this.filling.clear();
        throw error;
      }
      batch.clear();
      this.spare.push(batch);
    }
  }

  private start() {
    const { port1, port2 } = new MessageChannel();
    const work: Work = { examinerPort: port2, examination: this.examination };
    try {
      this.thread = new Worker(new URL(import.meta.url), {
        workerData: work,
        transferList: [port2],
        execArgv: [],
      });
    } catch {
      // The machine gives no thread, as with too many processes: this one does it all.
      port1.close();
      return;
    }
    this.thread.once("error", (error) => this.lose(error as Error));
    this.thread.once("exit", () => this.lose(threadEnded()));
    this.port = port1;
    this.port.on("message", (answer) => {
      this.take(answer);
      this.wake();
    });
  }

  /** The second thread is gone: with batches, or before it had any. */
  private lose(error: Error) {
    this.isReady = false;
    if (this.atThread.length > 0) this.failure ??= error;
    this.wake();
  }

  private send(port: MessagePort, entry: Entry) {
    const { bytes, ends, indexes, tooLarge, out } = entry.batch;
    const records: Records = { bytes, ends, indexes, tooLarge, out };
    this.atThread.push(entry);
    port.postMessage(records, [bytes.buffer, out.buffer]);
  }

  /** Takes what the second thread has answered, without waiting. */
  private receive() {
    if (this.failure) throw this.failure;
    if (!this.port) return;
    for (let got = receiveMessageOnPort(this.port); got; got = receiveMessageOnPort(this.port))
      this.take(got.message);
  }

  private async answer() {
    const woken = new Promise<void>((resolve) => {
      this.wake = resolve;
    });
    this.receive();
    if (!this.queue[0]?.examined) await woken;
    this.receive();
    this.enterExamined();
  }

  private take(answer: Answer | "ready") {
    if (answer === "ready") {
      this.isReady = true;
      return;
    }
    const entry = this.atThread.shift()!;
    entry.batch.bytes = bufferOf(answer.bytes);
    entry.examined = { ...answer, digests: bufferOf(answer.digests), out: bufferOf(answer.out) };
  }
}

function threadEnded(): NamedError {
  return new NamedError(
    "TaskFailed",
    "The second thread of Preprocess ended in the middle of its work. Start the execution again.",
  );
}

/** What comes out of another thread is bytes, and no Buffer any more. */
function bufferOf(bytes: Uint8Array<ArrayBuffer>): Memory {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

type Work = { examinerPort: MessagePort; examination: Examination };

function work({ examinerPort, examination }: Work) {
  const examiner = new Examiner(examination);
  examinerPort.on("message", ({ bytes, out, ...records }: Records) => {
    const mine = { ...records, bytes: bufferOf(bytes), out: bufferOf(out) };
    const examined = examiner.examine(mine);
    const answer: Answer = { ...examined, bytes: mine.bytes };
    const buffers = [mine.bytes, examined.out, examined.facts, examined.digests].map(({ buffer }) => buffer);
    examinerPort.postMessage(answer, buffers);
  });
  examinerPort.postMessage("ready");
}

// The second thread begins with this file, or with the bundle that it is in.
if (!isMainThread && workerData?.examinerPort) work(workerData);
