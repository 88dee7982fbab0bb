// A peer for first syncs. `node pouch_peer.js FILE BATCH` serves the documents of FILE (one JSON object on each line)
// from express-pouchdb in a process of its own, replicates them into an empty PouchDB, and prints the seconds.
const { fork } = require("child_process");
const fs = require("fs");
const os = require("os");
const path = require("path");
const readline = require("readline");
const PouchDB = require("pouchdb");

const BULK = 1000;

async function serve(file, folder) {
  const express = require("express");
  const Served = PouchDB.defaults({ prefix: folder + path.sep });
  const database = new Served("workspace");
  let documents = [];
  for await (const line of readline.createInterface({ input: fs.createReadStream(file) })) {
    documents.push(JSON.parse(line));
    if (documents.length === BULK) {
      await database.bulkDocs(documents);
      documents = [];
    }
  }
  await database.bulkDocs(documents);
  const application = express();
  const options = { inMemoryConfig: true, logPath: path.join(folder, "log.txt") };
  application.use("/", require("express-pouchdb")(Served, options));
  const server = application.listen(0, "127.0.0.1", () => process.send(server.address().port));
}

async function replicate(port, folder, batch) {
  const target = new PouchDB(path.join(folder, "target"));
  const started = process.hrtime.bigint();
  const result = await target.replicate.from(`http://127.0.0.1:${port}/workspace`, { batch_size: batch });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  console.log(JSON.stringify({ seconds, documents: result.docs_written }));
}

async function main(file, batch) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pouch-"));
  const server = fork(__filename, ["--serve", file, folder], { env: process.env });
  try {
    const port = await new Promise((resolve, reject) => {
      server.once("message", resolve);
      server.once("exit", () => reject(new Error("the peer's server did not start")));
    });
    await replicate(port, folder, batch);
  } finally {
    server.kill();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

const [first, ...rest] = process.argv.slice(2);
const running = first === "--serve" ? serve(...rest) : main(first, Number(rest[0]));
running.then(
  () => first === "--serve" || process.exit(0),
  (error) => {
    console.error(String(error));
    process.exit(1);
  },
);
