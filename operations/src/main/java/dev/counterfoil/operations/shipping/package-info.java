/**
 * What services and other logs wrote into files, on its way to the audit log: records told from
 * each other, made events with numbers, and sent until they are recorded.
 *
 * <p><b>Trust.</b> Files come from strangers: what a record costs is bounded before it is held, and
 * one that is none is named and left out.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.operations.shipping;
