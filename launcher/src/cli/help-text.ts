export const examples = `
Examples:
  tsrun -np 4 train.ts                          train on 4 ranks of this machine
  tsrun -np 4 train.ts --epochs 3               what follows the script is the script's
  tsrun -np 2 --backend wasm train.mjs          choose the tfjs backend
  tsrun -np 2 --gpus 0,3 --seed 7 train.ts      choose GPUs; make a run repeatable
  tsrun -np 4 -x SEED=7 --output-dir out train.ts
                                                set a variable, keep each rank's output
  tsrun -np 2 --timeline trace.json train.ts    see where the time of a step goes
  tsrun -np 2 --autotune train.ts               find good sizes for what ranks exchange
  tsrun --hostfile hosts train.ts               train on the machines that a file lists
  tsrun -H node1:4,node2:4 --dry-run train.ts   see which ranks would run where
  salloc -n 16 tsrun --launcher slurm train.ts  train in a job of Slurm's
  tsrun --launcher slurm -np 16 train.ts --dry-run
                                                see the batch script for Slurm
  tsrun --config-file job.yaml train.ts         settings from a file: the long flags, as YAML
  tsrun check                                   what this machine offers
  tsrun doctor --hostfile hosts                 test hosts and the links between them

Exit code: 0 when every rank ended well; otherwise that of the rank that failed first, 128 + n where
it died of signal n, or 1; 2 for a mistake on the command line, in the config file or in a variable.`;
