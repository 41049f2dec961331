// node worker.mjs REDIS_URL COUNT IN_FLIGHT TARGET: one process, as BullMQ's guide has it.
// Ends when COUNT jobs have completed, with the time at which the last one had.
import { createHmac } from "node:crypto";
import { Worker } from "bullmq";
import { Pool } from "undici";
import { NAME, connect } from "./queue.mjs";

const [redis, count, inFlight] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const target = new URL(process.argv[5]);
const secret = Buffer.alloc(32);
const pool = new Pool(target.origin, {
  connections: inFlight,
  pipelining: 1,
  headersTimeout: 15000,
  bodyTimeout: 15000,
});

async function deliver({ data: { id, url, body } }) {
  const stamp = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", secret).update(`${id}.${stamp}.${body}`).digest("base64");
  const answer = await pool.request({
    path: new URL(url).pathname,
    method: "POST",
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(stamp),
      "webhook-signature": `v1,${signature}`,
    },
    body,
  });
  await answer.body.dump();
  if (answer.statusCode < 200 || answer.statusCode > 299) throw new Error(`HTTP ${answer.statusCode}`);
  return answer.statusCode;
}

const connection = connect(redis);
const worker = new Worker(NAME, deliver, { connection, concurrency: inFlight });
worker.on("failed", (_, error) => console.error("failed", error.message));
let settled = 0;
await new Promise((done) => {
  worker.on("completed", () => {
    settled += 1;
    if (settled === count) done();
  });
});
const at = Date.now() / 1000;
await worker.close();
await pool.close();
await connection.quit();
console.log(`settled ${at}`);
