// node seed.mjs REDIS_URL COUNT TARGET: one job a delivery, 350 bytes of body each.
import { Queue } from "bullmq";
import { NAME, connect } from "./queue.mjs";

const [redis, count, target] = [process.argv[2], Number(process.argv[3]), process.argv[4]];
const CHUNK = 1000;
const message = (note) => JSON.stringify({ type: "booking.confirmed", data: { note } });
const body = message("x".repeat(350 - message("").length));

const connection = connect(redis);
const queue = new Queue(NAME, {
  connection,
  defaultJobOptions: {
    attempts: 11,
    backoff: { type: "exponential", delay: 5000, jitter: 0.2 },
    removeOnComplete: { count: 1000 },
    removeOnFail: { count: 5000 },
  },
});
for (let from = 0; from < count; from += CHUNK) {
  const numbers = Array.from({ length: Math.min(CHUNK, count - from) }, (_, i) => from + i);
  await queue.addBulk(
    numbers.map((n) => ({
      name: "deliver",
      data: { id: `evt_${String(n).padStart(26, "0")}`, url: target, body },
    })),
  );
}
await queue.close();
await connection.quit();
