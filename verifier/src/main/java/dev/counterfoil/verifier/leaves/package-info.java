/**
 * Where a verifier has the leaves and tiles of a log from: the authority, neighbours on the same
 * host, and memory.
 *
 * <p><b>Trust.</b> Nothing that comes in here counts by itself. {@code LogHistory} and {@code
 * LogStream} hold it against the log's signed roots. An attacker who controls a source can hold
 * leaves back or send wrong ones, which costs this verifier the time to ask another source. A
 * neighbour who connects to the socket can read leaves, which say nothing of anyone. No secret is
 * here.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.verifier.leaves;
