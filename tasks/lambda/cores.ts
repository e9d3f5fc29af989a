import { availableParallelism } from "node:os";

const MEGABYTES_OF_A_CORE = 1769;

/** How many there are to compute on. AWS gives a function one for each 1,769 MB, however many the machine shows. */
export function cores(): number {
  const megabytes = process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE; // which Lambda itself sets
  return megabytes ? Number(megabytes) / MEGABYTES_OF_A_CORE : availableParallelism();
}
