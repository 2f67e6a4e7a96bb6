// The epoch of tests/bench/neural_epoch.cpp in TensorFlow.js on its WebAssembly backend, for a page in which `tf` and
// its backend are loaded. Returns what the other programs print.
globalThis.tensorflowEpoch = async (workload, wasmFolder) => {
  tf.wasm.setWasmPaths(wasmFolder);
  if (!(await tf.setBackend('wasm'))) throw new Error('the wasm backend of TensorFlow.js did not start');
  await tf.ready();

  // Column by column there; here a condition is a row.
  const matrix = ({ rows, values }) => tf.tensor2d(values, [values.length / rows, rows]);
  const names = ['W1', 'B', 'b', 'V', 'v'];
  let weights = names.map((name) => matrix(workload[name]));
  const observed = new Map(Object.entries(workload.observed).map(([t, a]) => [Number(t), matrix(a)]));
  const { step: h, rate } = workload;
  const steps = Math.round(Math.max(...observed.keys()) / h);
  const zero = tf.zeros([60, weights[0].shape[0]]);

  const loss = (W1, B, b, V, v) => {
    const drive = tf.add(B, b); // one-hot edits: a look-up, once a flow
    const slope = (x) => tf.add(tf.matMul(tf.tanh(tf.add(tf.matMul(x, W1), drive)), V), v);
    let x = zero;
    let sum = tf.scalar(0);
    for (let step = 1; step <= steps; ++step) {
      const k1 = slope(x);
      const k2 = slope(tf.add(x, tf.mul(k1, h / 2)));
      const k3 = slope(tf.add(x, tf.mul(k2, h / 2)));
      const k4 = slope(tf.add(x, tf.mul(k3, h)));
      x = tf.add(x, tf.mul(tf.add(tf.add(k1, k4), tf.mul(tf.add(k2, k3), 2)), h / 6));
      const target = observed.get(step * h);
      if (target) sum = tf.add(sum, tf.mul(tf.sum(tf.square(tf.sub(x, target))), 0.5));
    }
    return sum;
  };
  const gradients = tf.valueAndGrads(loss);

  const losses = [];
  const milliseconds = [];
  for (let epoch = 0; epoch < 50; ++epoch) {
    const start = performance.now();
    const next = tf.tidy(() => {
      const { value, grads } = gradients(weights);
      return [value, ...weights.map((w, i) => tf.sub(w, tf.mul(grads[i], rate)))];
    });
    losses.push(next[0].dataSync()[0]);
    milliseconds.push(performance.now() - start);
    tf.dispose([next[0], ...weights]);
    weights = next.slice(1);
  }
  const timed = milliseconds.slice(10).sort((a, b) => a - b);
  return {
    name: 'neural_epoch',
    ms: timed[Math.floor(timed.length / 2)],
    fastest_ms: timed[0],
    first_loss: losses[0],
    loss_30: losses[30],
    version: tf.version_core,
  };
};
