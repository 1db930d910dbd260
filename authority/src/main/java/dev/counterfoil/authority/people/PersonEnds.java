package dev.counterfoil.authority.people;

import java.util.Optional;

/** What ends with a person: sessions, and tokens in the person's name. */
@FunctionalInterface
public interface PersonEnds {
  /**
   * A person is refused from now on, gone, or without a way to prove who they are. No session
   * begins in the person's name when this is called.
   *
   * @param subject the person's
   * @param why what happened to the person, as a sentence for the record
   * @return why some tokens are not revoked yet, which is tried until it is done; empty when all
   *     are
   */
  Optional<String> ended(String subject, String why);
}
