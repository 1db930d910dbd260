/**
 * The disclosure process: operators' commands come in at its admin socket, are recorded, and what
 * follows from them is signed, published and sent.
 *
 * <p><b>Trust.</b> An operator is the Unix user at the other end of the socket, by the kernel's
 * word. Who a person at the console is, the console says: such a person approves, and publishes
 * nothing. An attacker who controls this process can publish false claims and send false notices in
 * the domain's name, each of which stays signed and in the log; it can withhold true ones, which
 * shows in the clocks. It cannot sign a token, state or revoke a key, or make another history of
 * the log for readers who have a checkpoint of it.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.disclosure.desk;
