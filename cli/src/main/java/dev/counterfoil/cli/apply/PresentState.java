package dev.counterfoil.cli.apply;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.ClientStanding;
import dev.counterfoil.directory.Groups.Counted;
import dev.counterfoil.directory.PeopleGroup;
import dev.counterfoil.directory.Person;
import dev.counterfoil.signerprotocol.Answer;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What there is.
 *
 * @param signsIn whether people sign in to the domain at all
 * @param people by username
 * @param groups by tenant and name
 * @param clients by id, those of all tenants
 */
public record PresentState(
    boolean signsIn,
    SortedMap<String, Person> people,
    SortedMap<String, SortedMap<String, PresentGroup>> groups,
    SortedMap<String, PresentClient> clients) {
  /** A group and the usernames of who is in it. */
  public record PresentGroup(PeopleGroup group, SortedSet<String> members) {}

  /** A client and whether it is admitted. */
  public record PresentClient(ClientRegistration registration, ClientStanding standing) {}

  /** Nobody and nothing. */
  public static PresentState empty() {
    return new PresentState(true, new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
  }

  /**
   * Asks the authority.
   *
   * @param tenants whose people and groups; empty for those of all
   */
  public static PresentState read(AuthorityAdmin admin, Optional<SortedSet<String>> tenants)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    SortedMap<String, PresentClient> clients = new TreeMap<>();
    for (AuthorityAdmin.Registered one : admin.listWithStandings(Optional.empty())) {
      clients.put(
          one.registration().clientId(),
          new PresentClient(one.registration(), one.standing().standing()));
    }
    SortedMap<String, Person> people = new TreeMap<>();
    SortedMap<String, SortedMap<String, PresentGroup>> groups = new TreeMap<>();
    List<Optional<String>> asked =
        tenants.isEmpty()
            ? List.of(Optional.empty())
            : tenants.get().stream().map(Optional::of).toList();
    try {
      for (Optional<String> tenant : asked) {
        for (Person person : admin.people().list(tenant)) {
          people.put(person.username(), person);
        }
        for (Counted one : admin.groups().list(tenant)) {
          PeopleGroup group = one.group();
          groups
              .computeIfAbsent(group.tenant(), _ -> new TreeMap<>())
              .put(group.name(), withMembers(admin, one));
        }
      }
    } catch (AuthorityAdmin.RefusedException e) {
      if (e.code() != Answer.Code.NOT_ALLOWED) {
        throw e;
      }
      return new PresentState(false, new TreeMap<>(), new TreeMap<>(), clients);
    }
    return new PresentState(true, people, groups, clients);
  }

  private static PresentGroup withMembers(AuthorityAdmin admin, Counted counted)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    PeopleGroup group = counted.group();
    SortedSet<String> members = new TreeSet<>();
    if (counted.members() > 0) {
      for (Person member : admin.groups().show(group.tenant(), group.name()).members()) {
        members.add(member.username());
      }
    }
    return new PresentGroup(group, members);
  }

  /** The group of a name. */
  Optional<PresentGroup> group(String tenant, String name) {
    return Optional.ofNullable(groups.getOrDefault(tenant, Collections.emptySortedMap()).get(name));
  }

  /** Every tenant that has something. */
  SortedSet<String> tenants() {
    SortedSet<String> tenants = new TreeSet<>(groups.keySet());
    people.values().forEach(person -> tenants.add(person.tenant()));
    clients.values().forEach(client -> tenants.add(client.registration().tenant()));
    return tenants;
  }
}
