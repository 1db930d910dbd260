package dev.counterfoil.authority.people;

/** What ends with a person: sessions, and tokens in the person's name. */
@FunctionalInterface
public interface PersonEnds {
  /**
   * A person is refused from now on, or gone. Nothing is issued in the person's name any more when
   * this is called.
   *
   * @param subject the person's
   */
  void ended(String subject);
}
