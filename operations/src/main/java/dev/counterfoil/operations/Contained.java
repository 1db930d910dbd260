package dev.counterfoil.operations;

import java.util.List;
import java.util.stream.Stream;

/**
 * What was contained.
 *
 * @param log short name of the sealed log
 * @param size its final size: the first position at which the keys' tokens are no good
 * @param kids the revoked keys
 * @param keyLogSize who has mirrored so much of the key log refuses the keys' tokens
 * @param changed whether it was done now; false when all of it stood already
 * @param replaced whether the signer was replaced now, so that the process that may be a thief's
 *     has answered
 * @param others other logs of the signer's name, whose keys are revoked, too
 * @param remarks what whoever reads this should know of how it was found
 */
public record Contained(
    String log,
    long size,
    List<String> kids,
    long keyLogSize,
    boolean changed,
    boolean replaced,
    List<Other> others,
    List<String> remarks) {
  public Contained {
    kids = List.copyOf(kids);
    others = List.copyOf(others);
    remarks = List.copyOf(remarks);
  }

  /** Keys of one log, whoever its signer is. */
  public Contained(String log, long size, List<String> kids, long keyLogSize, boolean changed) {
    this(log, size, kids, keyLogSize, changed, false, List.of(), List.of());
  }

  /**
   * Another log.
   *
   * @param log its short name
   * @param from the first position at which its keys' tokens are no good; 0 for a log that is none
   *     of the signer's own
   * @param kids its keys
   */
  public record Other(String log, long from, List<String> kids) {
    public Other {
      kids = List.copyOf(kids);
    }
  }

  /** The revoked keys, those of the other logs last. */
  public List<String> allKids() {
    return Stream.concat(kids.stream(), others.stream().flatMap(other -> other.kids().stream()))
        .distinct()
        .toList();
  }

  /** With keys of another log. */
  public Contained with(Contained other) {
    Other more = new Other(other.log(), other.size(), other.kids());
    return new Contained(
        log,
        size,
        kids,
        Math.max(keyLogSize, other.keyLogSize()),
        changed || other.changed(),
        replaced,
        Stream.concat(others.stream(), Stream.of(more)).toList(),
        remarks);
  }

  /** With more keys of the same log. */
  public Contained withKeys(Contained more) {
    return new Contained(
        log,
        size,
        Stream.concat(kids.stream(), more.kids().stream()).toList(),
        Math.max(keyLogSize, more.keyLogSize()),
        changed || more.changed(),
        replaced,
        others,
        remarks);
  }

  /** With what the key log says since. */
  public Contained at(long version, boolean alsoChanged) {
    return new Contained(
        log, size, kids, version, changed || alsoChanged, replaced, others, remarks);
  }

  /** By a signer's answer. */
  public Contained answered(boolean isReplaced, List<String> remarked) {
    return new Contained(log, size, kids, keyLogSize, changed, isReplaced, others, remarked);
  }

  /** With one more remark. */
  public Contained remarking(String remark) {
    return new Contained(
        log,
        size,
        kids,
        keyLogSize,
        changed,
        replaced,
        others,
        Stream.concat(remarks.stream(), Stream.of(remark)).toList());
  }
}
