package dev.counterfoil.cli.apply;

import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.cli.apply.ApplyStep.Expiry;
import dev.counterfoil.signin.passwords.PasswordHash;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;

/**
 * What a file wants of a tenant. A part that is left out is left alone.
 *
 * @param people who there is
 * @param groups who belongs together
 * @param clients what applications there are
 */
public record WantedTenant(
    String name,
    Optional<List<WantedPerson>> people,
    Optional<List<WantedGroup>> groups,
    Optional<List<WantedClient>> clients) {
  /**
   * A person.
   *
   * @param where file and line, for messages
   * @param email empty for none
   * @param emailVerified empty to leave it, while the address is the same
   * @param disabled empty to leave it
   * @param password the hash that another system made of it; taken with a new person alone
   */
  public record WantedPerson(
      String where,
      String username,
      String name,
      Optional<String> email,
      Optional<Boolean> emailVerified,
      Optional<Boolean> disabled,
      Optional<PasswordHash> password) {}

  /**
   * A group.
   *
   * @param members all of them; empty to leave them
   */
  public record WantedGroup(String where, String name, Optional<SortedSet<String>> members) {}

  /**
   * A client.
   *
   * @param disabled empty to leave it
   * @param expires empty to leave it
   */
  public record WantedClient(
      String where,
      ClientRegistration registration,
      Optional<Boolean> disabled,
      Optional<Expiry> expires) {}
}
