package dev.counterfoil.authority;

import dev.counterfoil.authority.people.GroupCommands;
import dev.counterfoil.authority.people.GroupJson;
import dev.counterfoil.authority.people.PersonJson;
import dev.counterfoil.directory.Groups.Counted;
import dev.counterfoil.directory.PeopleGroup;
import dev.counterfoil.directory.Person;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Manages the groups of people of one domain over the authority's admin socket. */
public final class GroupsAdmin {
  private final AuthorityAdmin admin;

  GroupsAdmin(AuthorityAdmin admin) {
    this.admin = admin;
  }

  /** Puts a group in. */
  public PeopleGroup add(String tenant, String name)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    return group(admin.ask(GroupCommands.ADD, named(tenant, name)));
  }

  /**
   * Puts a person into a group of the person's tenant; one who is in it stays.
   *
   * @param version as it was read; empty for whichever it has
   */
  public PeopleGroup addMember(String name, String username, OptionalLong version)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    return member(GroupCommands.ADD_MEMBER, name, username, version);
  }

  /**
   * Takes a person out of a group; one who is not in it stays out.
   *
   * @param version as it was read; empty for whichever it has
   */
  public PeopleGroup removeMember(String name, String username, OptionalLong version)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    return member(GroupCommands.REMOVE_MEMBER, name, username, version);
  }

  private PeopleGroup member(String command, String name, String username, OptionalLong version)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    JsonObject question = JsonObject.builder().put("name", name).put("username", username).build();
    return group(admin.ask(command, with(question, version)));
  }

  /**
   * Takes a group out, with everybody who is in it.
   *
   * @param version as it was read; empty for whichever it has
   */
  public PeopleGroup remove(String tenant, String name, OptionalLong version)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    return group(admin.ask(GroupCommands.REMOVE, with(named(tenant, name), version)));
  }

  /** A group and its members, in the order of their usernames. */
  public record Shown(PeopleGroup group, List<Person> members) {
    public Shown {
      members = List.copyOf(members);
    }
  }

  /** A group with everybody who is in it; empty where there is none. */
  public Optional<Shown> find(String tenant, String name)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    try {
      return Optional.of(show(tenant, name));
    } catch (AuthorityAdmin.RefusedException e) {
      if (e.code() == Answer.Code.UNKNOWN) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** A group with everybody who is in it. */
  public Shown show(String tenant, String name)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    List<Person> members = new ArrayList<>();
    String after = "";
    while (true) {
      JsonObject page = admin.ask(GroupCommands.SHOW, named(tenant, name).with("after", after));
      List<Person> of = new ArrayList<>();
      try {
        for (JsonObject one : page.objects("members")) {
          of.add(PersonJson.parse(one));
        }
      } catch (FormatException e) {
        throw none(e);
      }
      members.addAll(of);
      if (of.size() < GroupCommands.PAGE) {
        return new Shown(group(page), members);
      }
      after = members.getLast().username();
    }
  }

  /** All groups, or those of one tenant, in the order of tenants and names. */
  public List<Counted> list(Optional<String> tenant)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    List<Counted> groups = new ArrayList<>();
    while (true) {
      JsonObject.Builder question = JsonObject.builder().put("tenant", tenant.orElse(null));
      if (!groups.isEmpty()) {
        PeopleGroup last = groups.getLast().group();
        question.put("after_tenant", last.tenant()).put("after", last.name());
      }
      JsonObject page = admin.ask(GroupCommands.LIST, question.build());
      try {
        List<JsonObject> entries = page.objects("groups");
        for (JsonObject entry : entries) {
          groups.add(new Counted(GroupJson.parse(entry), Math.toIntExact(entry.number("members"))));
        }
        if (entries.size() < GroupCommands.PAGE) {
          return groups;
        }
      } catch (FormatException e) {
        throw none(e);
      }
    }
  }

  private static JsonObject named(String tenant, String name) {
    return JsonObject.builder().put("tenant", tenant).put("name", name).build();
  }

  private static JsonObject with(JsonObject question, OptionalLong version) {
    return version.isPresent() ? question.with("version", version.getAsLong()) : question;
  }

  private static PeopleGroup group(JsonObject answer) throws IOException {
    try {
      return GroupJson.parse(answer.object("group"));
    } catch (FormatException e) {
      throw none(e);
    }
  }

  private static IOException none(FormatException e) {
    return new IOException("the authority answered with a group that is none", e);
  }
}
