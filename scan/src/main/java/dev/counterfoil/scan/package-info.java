/**
 * Searches files, memory images and archives for private keys. It knows our own in every form in
 * which they lie in memory and text, and lets an artefact out of the signing zone only when it
 * holds none ({@link dev.counterfoil.scan.gate.Gate}).
 *
 * <p>One pass over the bytes: {@link dev.counterfoil.scan.sweep.Sweep} looks up every two
 * neighbouring bytes in a table of what can begin there, and asks the {@link
 * dev.counterfoil.scan.sweep.Needle}s of those that are in it. Text that can be base64, hexadecimal
 * or decimal is decoded and swept again. Whether a window is a key of ours is decided by the public
 * key, with nothing secret at hand but the 32 bits of {@link dev.counterfoil.format.keys.KeyHint}.
 *
 * <p><b>Trust.</b> What is searched is hostile: archives have limits ({@link
 * dev.counterfoil.scan.ScanLimits}), and what cannot be looked into is never called clean. Who
 * writes the artefacts can hide a key from the scan, by encrypting it to begin with: the gate stops
 * accidents and not couriers. An attacker who controls the folder of public keys and hints can make
 * the scan blind for our own keys. A process that scans holds the keys that it finds in its memory
 * for a moment, so it belongs inside the signing zone.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.scan;
