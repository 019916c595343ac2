/** Does a relative path, as `relative()` gives it, lead out of the folder that it starts from? A folder inside may be called `..data`. */
export function leadsOut(relative: string, { isAbsolute, sep }: { isAbsolute: (path: string) => boolean; sep: string }): boolean {
  return relative.split(sep)[0] === '..' || isAbsolute(relative);
}
