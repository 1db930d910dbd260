package dev.counterfoil.authority.people;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.auditing.Administrator;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.people.DirectorySteps.Step;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.DirectoryRefusedException;
import dev.counterfoil.directory.Groups;
import dev.counterfoil.directory.PeopleGroup;
import dev.counterfoil.directory.Person;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Carries out what the command line asks of groups, on the admin socket. A group is named by tenant
 * and name; {@link GroupJson} has its form. With {@code version}, a group that was changed since is
 * not changed again.
 */
public record GroupCommands(Directory directory, AuthorityAudit audit) {
  /** {@code {"tenant", "name"}} to {@code {"group"}}. */
  public static final String ADD = "add-group";

  /**
   * {@code {"tenant"?, "name", "username", "version"?}} to {@code {"group"}}: of the person's
   * tenant.
   */
  public static final String ADD_MEMBER = "add-group-member";

  /** The same to take the person out. */
  public static final String REMOVE_MEMBER = "remove-group-member";

  /** {@code {"tenant", "name", "version"?}} to {@code {"group"}}, as it was. */
  public static final String REMOVE = "remove-group";

  /**
   * {@code {"tenant", "name", "after"?}} to {@code {"group", "members": [person]}}, at most {@link
   * #PAGE} of them.
   */
  public static final String SHOW = "show-group";

  /**
   * {@code {"tenant"?, "after_tenant"?, "after"?}} to {@code {"groups"}}, at most {@link #PAGE} of
   * them, each with {@code "members"}: how many.
   */
  public static final String LIST = "list-groups";

  /** Every command, and the event that it is. */
  public static final Map<String, Operation> OPERATIONS =
      Map.of(
          ADD, Operation.GROUP_ADD,
          ADD_MEMBER, Operation.GROUP_ADD_MEMBER,
          REMOVE_MEMBER, Operation.GROUP_REMOVE_MEMBER,
          REMOVE, Operation.GROUP_REMOVE,
          SHOW, Operation.GROUP_READ,
          LIST, Operation.GROUP_LIST);

  /** Most groups or members of one answer. */
  public static final int PAGE = 50;

  /** Carries one out; recorded before it is done, and what then fails has a second event. */
  public Answer carryOut(Request.Command command, Administrator who) {
    Operation operation = OPERATIONS.get(command.name());
    if (operation == null) {
      return new Answer.Refused(Answer.Code.UNKNOWN, "there is no such command");
    }
    return new DirectorySteps(audit, "group")
        .carryOut(
            operation, who, command.arguments(), () -> step(operation, command.arguments(), who));
  }

  private Step step(Operation operation, JsonObject arguments, Administrator who)
      throws FormatException, DirectoryRefusedException {
    Groups groups = directory.groups();
    return switch (operation) {
      case GROUP_ADD -> {
        arguments.allowOnly("tenant", "name");
        PeopleGroup group = groups.newGroup(arguments.string("tenant"), arguments.string("name"));
        yield new Step(
            about(operation, who, group),
            () -> {
              groups.add(group);
              return group(group);
            });
      }
      case GROUP_ADD_MEMBER -> {
        arguments.allowOnly("tenant", "name", "username", "version");
        Person person = member(arguments, who);
        PeopleGroup group = named(person.tenant(), arguments);
        yield new Step(
            about(operation, who, group, person), () -> group(groups.addMember(group, person)));
      }
      case GROUP_REMOVE_MEMBER -> {
        arguments.allowOnly("tenant", "name", "username", "version");
        Person person = member(arguments, who);
        PeopleGroup group = named(person.tenant(), arguments);
        yield new Step(
                about(operation, who, group, person),
                () -> group(groups.removeMember(group, person.subject())))
            .asContainment();
      }
      case GROUP_REMOVE -> {
        arguments.allowOnly("tenant", "name", "version");
        PeopleGroup group = named(arguments.string("tenant"), arguments);
        yield new Step(
                about(operation, who, group).message("before: " + GroupJson.of(group)),
                () -> {
                  groups.remove(group);
                  return group(group);
                })
            .asContainment();
      }
      case GROUP_READ -> {
        arguments.allowOnly("tenant", "name", "after");
        PeopleGroup group = named(arguments.string("tenant"), arguments);
        String after = arguments.optionalString("after").orElse("");
        yield new Step(
            about(operation, who, group),
            () ->
                group(group)
                    .with(
                        "members",
                        groups.members(group, after, PAGE).stream().map(PersonJson::of).toList()));
      }
      default -> {
        arguments.allowOnly("tenant", "after_tenant", "after");
        Optional<String> tenant = arguments.optionalString("tenant").or(who::tenant);
        String afterTenant = arguments.optionalString("after_tenant").orElse("");
        String after = arguments.optionalString("after").orElse("");
        yield new Step(
            tenant
                .map(of -> who.draft(operation, of))
                .orElseGet(() -> who.draft(operation))
                .entity("groups", "all"),
            () -> list(groups.list(tenant, afterTenant, after, PAGE)));
      }
    };
  }

  private Person member(JsonObject arguments, Administrator who)
      throws FormatException, DirectoryRefusedException {
    return DirectorySteps.named(
        directory,
        arguments.string("username"),
        arguments.optionalString("tenant").or(who::tenant));
  }

  /** As it is, or as it was in the version that is named. */
  private PeopleGroup named(String tenant, JsonObject arguments)
      throws FormatException, DirectoryRefusedException {
    PeopleGroup present = directory.groups().named(tenant, arguments.string("name"));
    Optional<Long> version = arguments.optionalNumber("version");
    return version.isEmpty()
        ? present
        : new PeopleGroup(present.tenant(), present.name(), present.createdAt(), version.get());
  }

  private static EventDraft about(Operation operation, Administrator who, PeopleGroup group) {
    return who.draft(operation, group.tenant()).entity("group", group.name());
  }

  private static EventDraft about(
      Operation operation, Administrator who, PeopleGroup group, Person person) {
    return about(operation, who, group).message("member: " + PersonJson.of(person));
  }

  private static JsonObject group(PeopleGroup group) {
    return JsonObject.builder().put("group", GroupJson.of(group)).build();
  }

  private static JsonObject list(List<Groups.Counted> counted) {
    return JsonObject.builder()
        .put(
            "groups",
            counted.stream()
                .map(one -> GroupJson.of(one.group()).with("members", one.members()))
                .toList())
        .build();
  }
}
