package dev.counterfoil.authority.people;

/** What ends with a person: sessions, and tokens in the person's name. */
@FunctionalInterface
public interface PersonEnds {
  /**
   * A person is refused from now on, gone, or without a way to prove who they are. No session
   * begins in the person's name when this is called.
   *
   * @param subject the person's
   */
  void ended(String subject);
}
