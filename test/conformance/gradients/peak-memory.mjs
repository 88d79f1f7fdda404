// Runs a chain's gradient model once and prints the megabytes its run added to the process's peak.
// usage: node peak-memory.mjs MODEL.onnx ROWS WIDTH
import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const [file, rows, width] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const peak = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
const session = await InferenceSession.create(file, { enableCpuMemArena: false, enableMemPattern: false, intraOpNumThreads: 1, logSeverityLevel: 3 });
const tensor = () => new Tensor('float32', new Float32Array(rows * width).fill(0.5), [rows, width]);
const feeds = { x: tensor(), grad_y: tensor() };
const before = peak();
await session.run(feeds, ['grad_x']);
console.log(peak() - before);
