package dev.counterfoil.cli.apply;

import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.cli.apply.ApplyStep.Expiry;
import dev.counterfoil.cli.apply.PresentState.PresentClient;
import dev.counterfoil.cli.apply.PresentState.PresentGroup;
import dev.counterfoil.cli.apply.WantedTenant.WantedClient;
import dev.counterfoil.cli.apply.WantedTenant.WantedGroup;
import dev.counterfoil.cli.apply.WantedTenant.WantedPerson;
import dev.counterfoil.directory.Person;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done so that everything is as a file wants it. Pure: nothing is decided while it is
 * carried out.
 *
 * @param steps in their order
 * @param leftAlone what would go with {@code --prune}: it is there, and not in the file
 * @param faults why nothing is done at all, each with file and line
 */
public record ApplyPlan(List<ApplyStep> steps, List<ApplyStep> leftAlone, List<String> faults) {
  public ApplyPlan {
    steps = List.copyOf(steps);
    leftAlone = List.copyOf(leftAlone);
    faults = List.copyOf(faults);
  }

  /**
   * Decides.
   *
   * @param prunes whether what is there and not in the file goes, in the parts that the file has
   */
  public static ApplyPlan of(List<WantedTenant> wanted, PresentState present, boolean prunes) {
    Making making = new Making(present, prunes);
    wanted.forEach(making::tenant);
    List<ApplyStep> steps = new ArrayList<>(making.steps);
    if (prunes) {
      steps.addAll(making.removals);
    }
    return new ApplyPlan(steps, prunes ? List.of() : making.removals, making.faults);
  }

  private static final class Making {
    private final PresentState present;
    private final boolean prunes;
    private final List<ApplyStep> steps = new ArrayList<>();
    private final List<ApplyStep> removals = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();

    Making(PresentState present, boolean prunes) {
      this.present = present;
      this.prunes = prunes;
    }

    void tenant(WantedTenant tenant) {
      if (!present.signsIn() && (tenant.people().isPresent() || tenant.groups().isPresent())) {
        faults.add(
            "tenant "
                + tenant.name()
                + ": nobody signs in to this domain, so it has neither people nor groups. To change"
                + " that, see docs/operate/people.md");
        return;
      }
      List<Person> ofTenant =
          present.people().values().stream()
              .filter(person -> person.tenant().equals(tenant.name()))
              .toList();
      Set<String> usernames = ofTenant.stream().map(Person::username).collect(Collectors.toSet());
      Set<String> going = new TreeSet<>();
      tenant
          .people()
          .ifPresent(
              people -> {
                Set<String> named = names(people.stream().map(WantedPerson::username).toList());
                people.forEach(person -> person(tenant.name(), person));
                usernames.addAll(named);
                for (Person person : ofTenant) {
                  if (!named.contains(person.username())) {
                    removals.add(new ApplyStep.RemovePerson(person));
                    going.add(person.username());
                  }
                }
              });
      if (prunes) {
        usernames.removeAll(going);
      }
      tenant
          .groups()
          .ifPresent(groups -> groups(tenant.name(), groups, usernames, prunes ? going : Set.of()));
      tenant.clients().ifPresent(clients -> clients(tenant.name(), clients));
    }

    private static Set<String> names(List<String> names) {
      return new TreeSet<>(names);
    }

    private void person(String tenant, WantedPerson wanted) {
      @Nullable Person before = present.people().get(wanted.username());
      if (before == null) {
        steps.add(new ApplyStep.AddPerson(tenant, wanted));
        if (wanted.disabled().orElse(false)) {
          steps.add(new ApplyStep.AdmitPerson(tenant, wanted.username(), false));
        }
        return;
      }
      if (!before.tenant().equals(tenant)) {
        faults.add(
            wanted.where()
                + ": "
                + wanted.username()
                + " belongs to tenant "
                + before.tenant()
                + ". A person stays in its tenant, and a username is unique in the domain");
        return;
      }
      boolean isVerified =
          wanted
              .emailVerified()
              .orElse(before.emailVerified() && before.email().equals(wanted.email()));
      Person after = before.withName(wanted.name()).withEmail(wanted.email(), isVerified);
      if (!after.equals(before)) {
        steps.add(new ApplyStep.UpdatePerson(before, after));
      }
      if (wanted.disabled().isPresent() && wanted.disabled().get() != before.disabled()) {
        steps.add(new ApplyStep.AdmitPerson(tenant, wanted.username(), before.disabled()));
      }
    }

    private void groups(
        String tenant, List<WantedGroup> groups, Set<String> usernames, Set<String> going) {
      Map<String, PresentGroup> rest =
          new HashMap<>(present.groups().getOrDefault(tenant, Collections.emptySortedMap()));
      for (WantedGroup wanted : groups) {
        Optional<PresentGroup> before = Optional.ofNullable(rest.remove(wanted.name()));
        if (before.isEmpty()) {
          steps.add(new ApplyStep.AddGroup(tenant, wanted.name()));
        }
        wanted
            .members()
            .ifPresent(
                members ->
                    members(
                        tenant,
                        wanted,
                        before.map(PresentGroup::members).orElseGet(TreeSet::new),
                        members,
                        usernames,
                        going));
      }
      rest.values().stream()
          .map(group -> new ApplyStep.RemoveGroup(group.group()))
          .sorted(Comparator.comparing(step -> step.group().name()))
          .forEach(removals::add);
    }

    private void members(
        String tenant,
        WantedGroup wanted,
        SortedSet<String> before,
        SortedSet<String> after,
        Set<String> usernames,
        Set<String> going) {
      for (String username : after) {
        if (!usernames.contains(username)) {
          faults.add(
              wanted.where()
                  + ": "
                  + username
                  + " is to be in the group "
                  + wanted.name()
                  + ", and there is no such person in tenant "
                  + tenant);
        } else if (!before.contains(username)) {
          steps.add(new ApplyStep.Member(tenant, wanted.name(), username, true));
        }
      }
      for (String username : before) {
        // A person who goes leaves all groups.
        if (!after.contains(username) && !going.contains(username)) {
          steps.add(new ApplyStep.Member(tenant, wanted.name(), username, false));
        }
      }
    }

    private void clients(String tenant, List<WantedClient> clients) {
      Set<String> named = new TreeSet<>();
      for (WantedClient wanted : clients) {
        named.add(wanted.registration().clientId());
        client(tenant, wanted);
      }
      for (PresentClient client : present.clients().values()) {
        ClientRegistration registration = client.registration();
        if (registration.tenant().equals(tenant) && !named.contains(registration.clientId())) {
          removals.add(new ApplyStep.RemoveClient(registration));
        }
      }
    }

    private void client(String tenant, WantedClient wanted) {
      ClientRegistration after = wanted.registration();
      @Nullable PresentClient before = present.clients().get(after.clientId());
      if (before == null) {
        steps.add(new ApplyStep.AddClient(after, wanted.expires().flatMap(Expiry::at)));
        if (wanted.disabled().orElse(false)) {
          steps.add(new ApplyStep.AdmitClient(tenant, after.clientId(), false));
        }
        return;
      }
      if (!before.registration().tenant().equals(tenant)) {
        faults.add(
            wanted.where()
                + ": client "
                + after.clientId()
                + " belongs to tenant "
                + before.registration().tenant()
                + ". Choose another client_id, or remove that client first");
        return;
      }
      if (!before.registration().equals(after)) {
        steps.add(new ApplyStep.UpdateClient(before.registration(), after));
      }
      boolean isDisabled = before.standing().disabled();
      if (wanted.disabled().isPresent() && wanted.disabled().get() != isDisabled) {
        steps.add(new ApplyStep.AdmitClient(tenant, after.clientId(), isDisabled));
      }
      if (wanted.expires().isPresent()
          && !wanted.expires().get().at().equals(before.standing().expiresAt())) {
        steps.add(new ApplyStep.ExpireClient(tenant, after.clientId(), wanted.expires().get()));
      }
    }
  }
}
