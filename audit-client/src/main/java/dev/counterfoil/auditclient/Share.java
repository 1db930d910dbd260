package dev.counterfoil.auditclient;

/** How far events may fill a {@link Spool}, by what they tell of. */
public enum Share {
  /** A quarter of what is not in reserve: to be refused costs whoever asked for it nothing. */
  REFUSALS,
  /** Three quarters: what clients ask for, so that they never keep an operator from acting. */
  REQUESTS,
  /** All but the reserve. */
  OPERATIONS,
  /** All of it: what contains a theft. */
  CONTAINMENT
}
