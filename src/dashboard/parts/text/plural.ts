/** "1 task", "12 tasks", "1,204 tasks". `many` is for words that take more than an s. Pure. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}
