package dev.counterfoil.cli;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.GroupsAdmin;
import dev.counterfoil.authority.people.GroupJson;
import dev.counterfoil.authority.people.PersonJson;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.directory.Groups.Counted;
import dev.counterfoil.directory.PeopleGroup;
import dev.counterfoil.directory.Person;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Manages the groups of people who sign in to a trust domain. */
@Command(
    name = "group",
    mixinStandardHelpOptions = true,
    description = {
      "Manages the groups of people, over the authority's admin socket.",
      "Tokens say them to clients that are registered with --groups.",
      "Every subcommand takes --json."
    },
    subcommands = {
      GroupCommand.Add.class,
      GroupCommand.ListAll.class,
      GroupCommand.Show.class,
      GroupCommand.AddMember.class,
      GroupCommand.RemoveMember.class,
      GroupCommand.Remove.class
    })
final class GroupCommand {
  private GroupCommand() {}

  /** What all of them need. */
  abstract static class Managing extends ClientCommand.Managing {
    @Override
    final void manage(AuthorityAdmin admin)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      manage(admin.groups());
    }

    abstract void manage(GroupsAdmin groups)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException;
  }

  /** What those need that are about one group. */
  abstract static class ManagingOne extends Managing {
    @Parameters(paramLabel = "GROUP", description = "The group.")
    String name;

    @Option(
        names = "--tenant",
        required = true,
        paramLabel = "NAME",
        description = "The tenant that the group belongs to.")
    String tenant;
  }

  /** What those need that are about people in one group. */
  abstract static class ManagingMembers extends Managing {
    @Parameters(index = "0", paramLabel = "GROUP", description = "A group of the people's tenant.")
    String name;

    @Parameters(
        index = "1..*",
        arity = "1..*",
        paramLabel = "USERNAME",
        description = "The people.")
    List<String> usernames = new ArrayList<>();

    @Override
    final void manage(GroupsAdmin groups)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      for (String username : usernames) {
        PeopleGroup group =
            joins()
                ? groups.addMember(name, username, OptionalLong.empty())
                : groups.removeMember(name, username, OptionalLong.empty());
        print(
            GroupJson.of(group).with("username", username),
            username
                + (joins() ? " is in the group " : " is no longer in the group ")
                + name
                + ".");
      }
    }

    /** Whether they come, and do not go. */
    abstract boolean joins();
  }

  /** Puts a group in. */
  @Command(name = "add", description = "Adds a group without members.")
  static final class Add extends ManagingOne {
    @Override
    void manage(GroupsAdmin groups)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      PeopleGroup added = groups.add(tenant, name);
      print(
          GroupJson.of(added),
          "Added the group "
              + name
              + ". To put people in, run: counterfoil group add-member GROUP USERNAME");
    }
  }

  /** Lists groups. */
  @Command(name = "list", description = "Lists the groups, and how many people are in each.")
  static final class ListAll extends Managing {
    @Option(
        names = "--tenant",
        paramLabel = "NAME",
        description = "Only the groups of this tenant (default: all).")
    private @Nullable String tenant;

    @Override
    void manage(GroupsAdmin groups)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      List<Counted> found = groups.list(Optional.ofNullable(tenant));
      Table table = new Table(1000, List.of("GROUP", "TENANT", "PEOPLE"));
      for (Counted one : found) {
        table.row(
            List.of(one.group().name(), one.group().tenant(), Integer.toString(one.members())));
      }
      print(
          JsonObject.builder()
              .put(
                  "groups",
                  found.stream()
                      .map(one -> GroupJson.of(one.group()).with("members", one.members()))
                      .toList())
              .build(),
          found.isEmpty()
              ? "There is no group. To add one, run: counterfoil group add NAME --tenant NAME"
              : table.toString());
    }
  }

  /** Shows who is in a group. */
  @Command(name = "show", description = "Shows who is in a group.")
  static final class Show extends ManagingOne {
    @Override
    void manage(GroupsAdmin groups)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      GroupsAdmin.Shown shown = groups.show(tenant, name);
      Table table = new Table(1000, List.of("PERSON", "NAME"));
      for (Person person : shown.members()) {
        table.row(List.of(person.username(), person.name()));
      }
      print(
          GroupJson.of(shown.group())
              .with("members", shown.members().stream().map(PersonJson::of).toList()),
          shown.members().isEmpty() ? "Nobody is in " + name + "." : table.toString());
    }
  }

  /** Puts people into a group. */
  @Command(
      name = "add-member",
      description = {
        "Puts people into a group of their tenant.",
        "Tokens that are issued from then on say so."
      })
  static final class AddMember extends ManagingMembers {
    @Override
    boolean joins() {
      return true;
    }
  }

  /** Takes people out of a group. */
  @Command(
      name = "remove-member",
      description = {
        "Removes people from a group.",
        "Access tokens that say the group stay valid until they expire."
      })
  static final class RemoveMember extends ManagingMembers {
    @Override
    boolean joins() {
      return false;
    }
  }

  /** Takes a group out. */
  @Command(
      name = "remove",
      description = {
        "Removes a group; the people stay.",
        "Access tokens that say the group stay valid until they expire."
      })
  static final class Remove extends ManagingOne {
    @Override
    void manage(GroupsAdmin groups)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      PeopleGroup removed = groups.remove(tenant, name, OptionalLong.empty());
      print(GroupJson.of(removed), "Removed the group " + name + ".");
    }
  }
}
