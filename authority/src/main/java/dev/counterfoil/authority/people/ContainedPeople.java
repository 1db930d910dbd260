package dev.counterfoil.authority.people;

import dev.counterfoil.authority.connect.PersonGrants;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.Person;
import java.util.Optional;

/** People's sessions and grants, as far as the response process may end them. */
public record ContainedPeople(Directory directory, PersonGrants grants, PersonEnds ends) {
  /** The tenant of a person; empty for nobody. */
  public Optional<String> tenant(String subject) {
    return directory.bySubject(subject).map(Person::tenant);
  }

  /**
   * How many grants of a person count.
   *
   * @param grant of these the one
   */
  public int reach(String subject, Optional<String> grant) {
    return (int)
        grants.grants().ofSubject(subject).stream()
            .filter(one -> grant.isEmpty() || grant.get().equals(one.id()))
            .count();
  }

  /**
   * Ends all of a person's sessions and grants, or one grant.
   *
   * @param why for the record
   * @return why tokens are not revoked yet, which is tried until it is done
   */
  public Optional<String> end(String subject, Optional<String> grant, String why) {
    return grant.isPresent()
        ? grants.ends().grantEnded(subject, grant.get(), why)
        : ends.ended(subject, why);
  }
}
