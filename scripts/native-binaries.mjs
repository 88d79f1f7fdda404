// Which system and processor a native file is for, read from its header: ELF, PE and Mach-O.
// Sources: ELF-64 object file format (e_machine), Microsoft PE format (Machine), Apple mach-o/loader.h and fat.h.

const ELF_MACHINES = { 62: 'linux-x64', 183: 'linux-arm64', 40: 'linux-armhf' };
const PE_MACHINES = { 0x8664: 'win32-x64', 0xaa64: 'win32-arm64', 0x14c: 'win32-ia32' };
const MACH_CPUS = { 0x0100000c: 'darwin-arm64', 0x01000007: 'darwin-x64' };

/** `linux-x64`, `win32-arm64`, …; `unknown …` for a native file of another kind; `null` for a file that is not native. */
export function platformOf(bytes) {
  if (bytes.length < 20) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const big = view.getUint32(0);
  if (big === 0x7f454c46) return ELF_MACHINES[view.getUint16(18, view.getUint8(5) === 1)] ?? `unknown ELF machine ${view.getUint16(18, true)}`;
  if (big === 0xcffaedfe) return MACH_CPUS[view.getUint32(4, true)] ?? `unknown Mach-O CPU ${view.getUint32(4, true)}`;
  if (big === 0xcafebabe) return 'unknown Mach-O of several processors';
  if (view.getUint16(0) === 0x4d5a && bytes.length >= 64) {
    const header = view.getUint32(60, true);
    if (header + 6 > bytes.length || view.getUint32(header) !== 0x50450000) return null; // an old DOS program, or just text
    return PE_MACHINES[view.getUint16(header + 4, true)] ?? `unknown PE machine ${view.getUint16(header + 4, true)}`;
  }
  return null;
}
