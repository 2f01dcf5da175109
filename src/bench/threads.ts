// Imported first for its effect: TensorFlow reads the number of threads when its library is loaded.
process.env.BENCH_THREADS ??= "2";
process.env.TF_NUM_INTRAOP_THREADS = process.env.BENCH_THREADS;
process.env.TF_NUM_INTEROP_THREADS = process.env.BENCH_THREADS;
