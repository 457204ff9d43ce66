// node client.cjs CONNECTION_FILE: drives a running kernel with @jupyterlab/services, whose validation throws at any field that is missing or of a wrong type.
const fs = require("fs"), crypto = require("crypto"), assert = require("assert"), path = require("path"), { createRequire } = require("module");
const load = createRequire(path.join(process.env.DEEPCOURSE_NODE || __dirname, "x.js"));
const zmq = load("zeromq"), { KernelConnection } = load("@jupyterlab/services/lib/kernel/default.js"), { ServerConnection } = load("@jupyterlab/services");
const connection = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const address = name => `tcp://${connection.ip}:${connection[name + "_port"]}`;
const invalid = [];
console.error = (...a) => invalid.push(a.map(String).join(" "));
console.warn = () => {};

// What the library takes for a web socket to a server is the kernel's sockets themselves.
class Bridge {
  constructor() {
    this.readyState = 0; this.protocol = "";
    this.sockets = { shell: new zmq.Dealer({ routingId: "client" }), control: new zmq.Dealer({ routingId: "client" }), stdin: new zmq.Dealer({ routingId: "client" }), iopub: new zmq.Subscriber() };
    for (const [name, socket] of Object.entries(this.sockets)) { socket.connect(address(name)); if (name === "iopub") socket.subscribe(); this.read(name, socket); }
    setTimeout(() => { this.readyState = 1; this.onopen && this.onopen({}); }, 500);
    this.sending = Promise.resolve();
  }
  async read(channel, socket) {
    try {
      for await (const frames of socket) {
        const at = frames.findIndex(f => f.toString() === "<IDS|MSG>"), parts = frames.slice(at + 2, at + 6);
        assert.strictEqual(frames[at + 1].toString(), this.sign(parts), "signature");
        const [header, parent_header, metadata, content] = parts.map(p => JSON.parse(p));
        this.onmessage && this.onmessage({ data: JSON.stringify({ header, parent_header, metadata, content, channel, buffers: [] }) });
      }
    } catch (e) { if (this.readyState === 1) invalid.push(String(e)); }
  }
  sign(parts) { const h = crypto.createHmac("sha256", connection.key); parts.forEach(p => h.update(p)); return h.digest("hex"); }
  send(data) {
    const m = JSON.parse(data), parts = [m.header, m.parent_header, m.metadata, m.content].map(p => Buffer.from(JSON.stringify(p || {})));
    this.sending = this.sending.then(() => this.sockets[m.channel].send(["<IDS|MSG>", this.sign(parts), ...parts]));
  }
  close() { this.readyState = 3; Object.values(this.sockets).forEach(s => s.close()); }
}
Bridge.CONNECTING = 0; Bridge.OPEN = 1; Bridge.CLOSING = 2; Bridge.CLOSED = 3;

(async () => {
  const serverSettings = ServerConnection.makeSettings({ WebSocket: Bridge, baseUrl: "http://127.0.0.1", wsUrl: "ws://127.0.0.1", serializer: { serialize: m => JSON.stringify(m), deserialize: d => JSON.parse(d) } });
  const kernel = new KernelConnection({ model: { id: "k", name: "deepcourse-csharp" }, serverSettings, clientId: "client", username: "u", handleComms: true });
  const info = await kernel.info;
  assert.strictEqual(info.language_info.name, "C#");
  const run = async (code, options = {}, onStdin) => {
    const seen = [], future = kernel.requestExecute({ code, ...options });
    future.onIOPub = m => { seen.push(m); };
    if (onStdin) future.onStdin = onStdin;
    const reply = await future.done;
    return { reply, seen, types: seen.map(m => m.header.msg_type) };
  };
  let r = await run('Console.WriteLine("a"); var d = display(1); d.Update(2); 3');
  assert.deepStrictEqual(r.types.filter(t => t !== "status"), ["execute_input", "stream", "display_data", "update_display_data", "execute_result"]);
  assert.strictEqual(r.reply.content.status, "ok");
  r = await run("nope");
  assert.strictEqual(r.reply.content.status, "error");
  assert.ok(r.types.includes("error"));
  r = await run("clear(wait: true); Console.ReadLine()", { allow_stdin: true }, m => kernel.sendInputReply({ value: "typed", status: "ok" }, m.header));
  assert.strictEqual(r.seen.find(m => m.header.msg_type === "execute_result").content.data["text/plain"], "typed");
  const complete = await kernel.requestComplete({ code: "Console.Wri", cursor_pos: 11 });
  assert.ok(complete.content.matches.includes("WriteLine"));
  assert.strictEqual(complete.content.metadata._jupyter_types_experimental.length, complete.content.matches.length);
  assert.ok((await kernel.requestInspect({ code: "Console", cursor_pos: 7, detail_level: 0 })).content.found);
  assert.strictEqual((await kernel.requestIsComplete({ code: "if (" })).content.status, "incomplete");
  assert.ok((await kernel.requestHistory({ output: false, raw: true, hist_access_type: "tail", n: 2 })).content.history.length === 2);
  assert.deepStrictEqual((await kernel.requestCommInfo({})).content.comms, {});
  assert.deepStrictEqual(invalid, []);
  console.log("ok");
  process.exit(0);
})().catch(e => { process.stderr.write(`${e.stack}\n${invalid.join("\n")}\n`); process.exit(1); });
