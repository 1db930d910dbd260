package dev.counterfoil.cli.apply;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.GroupsAdmin;
import dev.counterfoil.authority.PeopleAdmin;
import dev.counterfoil.directory.PeopleGroup;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Carries out the steps of a plan, each as a command of its own. A person or group that was changed
 * since it was read is not changed again.
 */
public final class ApplyRun {
  private final AuthorityAdmin admin;
  private final PeopleAdmin people;
  private final GroupsAdmin groups;

  /** Versions of groups as they are known, by tenant and name. */
  private final Map<List<String>, Long> versions = new HashMap<>();

  /** Begins with what a plan was made from. */
  public ApplyRun(AuthorityAdmin admin, PresentState present) {
    this.admin = admin;
    this.people = admin.people();
    this.groups = admin.groups();
    present.groups().values().forEach(all -> all.values().forEach(one -> note(one.group())));
  }

  private void note(PeopleGroup group) {
    versions.put(List.of(group.tenant(), group.name()), group.version());
  }

  /**
   * What came of a step.
   *
   * @param secret of a client that is new and has one
   * @param notRevoked why some tokens are not revoked yet, which the authority tries until it is
   *     done
   */
  public record Done(Optional<String> secret, Optional<String> notRevoked) {
    private static final Done NOTHING = new Done(Optional.empty(), Optional.empty());

    /** Leaves the secret out. */
    @Override
    public String toString() {
      return "Done[notRevoked=" + notRevoked + "]";
    }
  }

  /** Carries one out. */
  public Done carryOut(ApplyStep step)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    return switch (step) {
      case ApplyStep.AddPerson add -> {
        WantedTenant.WantedPerson person = add.person();
        var _ =
            people.add(
                add.tenant(), person.username(), person.name(), person.email(), person.password());
        if (person.emailVerified().orElse(false)) {
          var _ =
              people.update(
                  person.username(),
                  new PeopleAdmin.Update(
                      Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(true)));
        }
        yield Done.NOTHING;
      }
      case ApplyStep.UpdatePerson update -> {
        var _ =
            people.update(
                update.before().username(),
                new PeopleAdmin.Update(
                    Optional.empty(),
                    Optional.of(update.after().name()),
                    Optional.of(update.after().email().orElse("")),
                    Optional.of(update.after().emailVerified()),
                    OptionalLong.of(update.before().version())));
        yield Done.NOTHING;
      }
      case ApplyStep.AdmitPerson admit ->
          new Done(
              Optional.empty(), people.admit(admit.username(), admit.isAdmitted()).notRevoked());
      case ApplyStep.RemovePerson remove ->
          new Done(Optional.empty(), people.remove(remove.person().username()).notRevoked());
      case ApplyStep.AddGroup add -> {
        note(groups.add(add.tenant(), add.name()));
        yield Done.NOTHING;
      }
      case ApplyStep.Member member -> {
        OptionalLong version = version(member.tenant(), member.group());
        note(
            member.joins()
                ? groups.addMember(member.group(), member.username(), version)
                : groups.removeMember(member.group(), member.username(), version));
        yield Done.NOTHING;
      }
      case ApplyStep.RemoveGroup remove -> {
        PeopleGroup group = remove.group();
        var _ = groups.remove(group.tenant(), group.name(), version(group.tenant(), group.name()));
        yield Done.NOTHING;
      }
      case ApplyStep.AddClient add ->
          new Done(admin.register(add.client(), add.expires()), Optional.empty());
      case ApplyStep.UpdateClient update ->
          new Done(admin.update(update.after()), Optional.empty());
      case ApplyStep.AdmitClient admit ->
          new Done(
              Optional.empty(), admin.admit(admit.clientId(), admit.isAdmitted()).notRevoked());
      case ApplyStep.ExpireClient expire -> {
        admin.expire(expire.clientId(), expire.expiry().at());
        yield Done.NOTHING;
      }
      case ApplyStep.RemoveClient remove ->
          new Done(Optional.empty(), admin.remove(remove.client().clientId()).notRevoked());
    };
  }

  private OptionalLong version(String tenant, String name) {
    return OptionalLong.of(Objects.requireNonNull(versions.get(List.of(tenant, name))));
  }
}
