/**
 * The command lines with which programs are started by the thousand: no argument, or a configuration
 * file. All others, help and mistakes among them, are for the parser of the whole command.
 *
 * @returns null for all others
 */
export function configOnly(args: readonly string[]): { readonly config?: string } | null {
  const [option, config, ...others] = args;
  if (option === undefined) return {};
  if (option !== '--config' || config === undefined || others.length > 0) return null;
  return config.startsWith('-') ? null : { config };
}
