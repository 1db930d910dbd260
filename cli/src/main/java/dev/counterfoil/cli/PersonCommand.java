package dev.counterfoil.cli;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.PeopleAdmin;
import dev.counterfoil.authority.people.PersonJson;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.DurationText;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.directory.Person;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.pages.QrCode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Manages the people who sign in to a trust domain. */
@Command(
    name = "person",
    mixinStandardHelpOptions = true,
    description = {
      "Manages the people who sign in, over the authority's admin socket.",
      "Every subcommand takes --json."
    },
    subcommands = {
      PersonCommand.Add.class,
      PersonCommand.ListAll.class,
      PersonCommand.Show.class,
      PersonCommand.Invite.class,
      PersonCommand.Recover.class,
      PersonCommand.Update.class,
      PersonHoldings.Sessions.class,
      PersonHoldings.EndSession.class,
      PersonHoldings.Consents.class,
      PersonHoldings.EndConsent.class,
      PersonCommand.Disable.class,
      PersonCommand.Enable.class,
      PersonCommand.Reset.class,
      PersonCommand.Remove.class
    })
final class PersonCommand {
  private PersonCommand() {}

  /** What all of them need. */
  abstract static class Managing extends ClientCommand.Managing {
    @Override
    final void manage(AuthorityAdmin admin)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      manage(admin.people());
    }

    abstract void manage(PeopleAdmin people)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException;

    /** The same where sessions and tokens ended, or will. */
    void say(PeopleAdmin.Ended ended, String text) {
      say(
          ended,
          text,
          ended.notRevoked().isPresent()
              ? " Sessions have ended."
              : " Sessions and tokens have ended.");
    }

    /** The same, with what ended. */
    void say(PeopleAdmin.Ended ended, String text, String what) {
      Person person = ended.person();
      print(
          ended
              .notRevoked()
              .map(why -> PersonJson.of(person).with("tokens_not_revoked", why))
              .orElse(PersonJson.of(person)),
          text + what);
      ended
          .notRevoked()
          .ifPresent(
              why ->
                  System.err.println(
                      "Warning: some tokens in the name of "
                          + person.username()
                          + " are not revoked yet: "
                          + why
                          + ". The authority keeps trying until they are."));
    }

    /** A person as JSON, or a sentence. */
    void say(Person person, String text) {
      print(PersonJson.of(person), text);
    }
  }

  /** What those need that are about one person. */
  abstract static class ManagingOne extends Managing {
    @Parameters(paramLabel = "USERNAME", description = "The person.")
    String username;
  }

  /** Puts a person in. */
  @Command(
      name = "add",
      description = {
        "Adds a person, who cannot sign in before being invited.",
        "To add and invite in one step, run counterfoil person invite with --tenant."
      })
  static final class Add extends ManagingOne {
    @Option(
        names = "--tenant",
        required = true,
        paramLabel = "NAME",
        description = "The tenant that the person belongs to. It never changes.")
    private String tenant;

    @Option(
        names = "--name",
        paramLabel = "NAME",
        description = "The person's name, as pages show it (default: the username).")
    private @Nullable String name;

    @Option(
        names = "--email",
        paramLabel = "ADDRESS",
        description = "The person's e-mail address. It counts as not verified.")
    private @Nullable String email;

    @Override
    void manage(PeopleAdmin people)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      Person added =
          people.add(tenant, username, name == null ? username : name, Optional.ofNullable(email));
      say(
          added,
          "Added "
              + added.username()
              + ". To let the person sign in, run: counterfoil person invite "
              + added.username());
    }
  }

  /** Lists people. */
  @Command(name = "list", description = "Lists the people.")
  static final class ListAll extends Managing {
    @Option(
        names = "--tenant",
        paramLabel = "NAME",
        description = "Only the people of this tenant (default: all).")
    private @Nullable String tenant;

    @Override
    void manage(PeopleAdmin people)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      List<Person> found = people.list(Optional.ofNullable(tenant));
      Table table = new Table(1000, List.of("PERSON", "TENANT", "NAME", "E-MAIL", "STATE"));
      for (Person person : found) {
        table.row(
            List.of(
                person.username(),
                person.tenant(),
                person.name(),
                person.email().orElse("none"),
                state(person)));
      }
      print(
          JsonObject.builder().put("people", found.stream().map(PersonJson::of).toList()).build(),
          found.isEmpty()
              ? "There is no person. To add one, run: counterfoil person invite USERNAME --tenant"
                  + " NAME"
              : table.toString());
    }
  }

  private static String state(Person person) {
    return person.disabled() ? "disabled" : "enabled";
  }

  /** Shows one person. */
  @Command(
      name = "show",
      description = "Shows everything that is kept of a person except the password's hash.")
  static final class Show extends ManagingOne {
    @Override
    void manage(PeopleAdmin people)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      JsonObject shown = people.show(username);
      try {
        print(shown, text(shown));
      } catch (FormatException e) {
        throw new IOException("the authority answered with a person that is none", e);
      }
    }

    private static String text(JsonObject shown) throws FormatException {
      Person person = PersonJson.parse(shown.object("person"));
      StringBuilder text = new StringBuilder();
      line(text, "person", person.username());
      line(text, "subject", person.subject());
      line(text, "tenant", person.tenant());
      line(text, "name", person.name());
      line(
          text,
          "e-mail",
          person
              .email()
              .map(email -> email + (person.emailVerified() ? ", verified" : ", not verified"))
              .orElse("none"));
      line(text, "groups", groups(shown));
      line(text, "state", state(person));
      line(text, "invited until", shown.optionalString("invited_until").orElse("not invited"));
      shown
          .optionalString("recovery_due_at")
          .ifPresent(due -> line(text, "recovery", "begun, holds from " + due));
      line(text, "password", shown.truth("password") ? "set" : "none");
      line(text, "one-time codes", shown.truth("one_time_codes") ? "on" : "off");
      for (JsonObject passkey : shown.objects("passkeys")) {
        line(
            text,
            "passkey",
            passkey.string("label")
                + ", "
                + (passkey.truth("backed_up") ? "synced" : "on one device")
                + ", last used "
                + passkey.optionalString("used_at").map(Show::day).orElse("never"));
      }
      if (shown.objects("passkeys").isEmpty()) {
        line(text, "passkeys", "none");
      }
      for (JsonObject consent : shown.objects("consents")) {
        line(
            text,
            "agreed to",
            consent.string("client_id")
                + ": "
                + String.join(" ", consent.strings("scopes"))
                + ", since "
                + day(consent.string("at"))
                + consent.optionalString("until").map(end -> ", until " + day(end)).orElse(""));
      }
      return text.toString().stripTrailing();
    }

    private static String groups(JsonObject shown) throws FormatException {
      List<String> names = shown.strings("groups");
      return names.isEmpty() ? "none" : String.join(", ", names);
    }

    private static void line(StringBuilder text, String name, String value) {
      text.append("%-14s %s%n".formatted(name, value));
    }

    static String day(String time) {
      return time.substring(0, Math.min(time.length(), "2026-11-30".length()));
    }
  }

  /** Makes a link by which a person enrols. */
  @Command(
      name = "invite",
      description = {
        "Prints a link with which a person creates a passkey or a password.",
        "The link is a secret: the first to open it becomes that person. It works once, and"
            + " ends the link before it.",
        "With --tenant, adds the person first if there is none."
      })
  static final class Invite extends ManagingOne {
    @Option(
        names = "--tenant",
        paramLabel = "NAME",
        description = "Add the person to this tenant first, if there is none.")
    private @Nullable String tenant;

    @Option(
        names = "--name",
        paramLabel = "NAME",
        description = "With --tenant: the person's name (default: the username).")
    private @Nullable String name;

    @Option(
        names = "--email",
        paramLabel = "ADDRESS",
        description = "With --tenant: the person's e-mail address.")
    private @Nullable String email;

    @Option(
        names = "--life",
        paramLabel = "DURATION",
        converter = DurationText.class,
        defaultValue = "3d",
        description = "How long the link works, 30d at most (default: ${DEFAULT-VALUE}).")
    private Duration life;

    @Option(
        names = "--qr",
        description = "Show the link as a QR code, too, for the person's telephone to read.")
    private boolean qr;

    @Override
    void manage(PeopleAdmin people)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      if (tenant == null && (name != null || email != null)) {
        throw CommandFailure.environment(
            "--name and --email are for a person who is added, which --tenant asks for. To change"
                + " a person, run: counterfoil person update "
                + username);
      }
      if (tenant != null) {
        addIfAbsent(people, tenant);
      }
      PeopleAdmin.Invitation invitation = people.invite(username, life);
      Instant end = invitation.expiresAt().truncatedTo(ChronoUnit.SECONDS);
      print(
          JsonObject.builder()
              .put("person", PersonJson.of(invitation.person()))
              .put("link", invitation.link())
              .put("expires_at", end.toString())
              .build(),
          "Hand this link to "
              + invitation.person().name()
              + " by a channel that only they read. It works once, until "
              + end
              + ":\n"
              + invitation.link()
              + (qr ? "\n" + QrCode.of(invitation.link()).text().stripTrailing() : ""));
    }

    private void addIfAbsent(PeopleAdmin people, String to)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      Optional<Person> present = people.find(username);
      if (present.isEmpty()) {
        people.add(to, username, name == null ? username : name, Optional.ofNullable(email));
      } else if (!present.get().tenant().equals(to)) {
        throw CommandFailure.environment(
            username
                + " belongs to tenant "
                + present.get().tenant()
                + ". Usernames are unique in the domain, so choose another one for "
                + to);
      }
    }
  }

  /** Begins the recovery of a person who lost everything. */
  @Command(
      name = "recover",
      description = {
        "Begins the recovery of a person who lost everything, and prints its link.",
        "The link holds after a delay (recovery-delay of the authority). Until then everyone who"
            + " is signed in to the account sees the recovery, and can stop it. When the link is"
            + " used, it takes the place of passkeys, password and one-time codes, and ends"
            + " sessions and tokens. A new recovery or a reset ends it."
      })
  static final class Recover extends ManagingOne {
    @Option(
        names = "--life",
        defaultValue = "3d",
        converter = DurationText.class,
        paramLabel = "DURATION",
        description =
            "How long the link holds after the delay, up to 30d (default: ${DEFAULT-VALUE}).")
    private Duration life;

    @Override
    void manage(PeopleAdmin people)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      PeopleAdmin.Recovery begun = people.recover(username, life);
      Instant due = begun.dueAt().truncatedTo(ChronoUnit.SECONDS);
      Instant end = begun.expiresAt().truncatedTo(ChronoUnit.SECONDS);
      print(
          JsonObject.builder()
              .put("person", PersonJson.of(begun.person()))
              .put("link", begun.link())
              .put("due_at", due.toString())
              .put("expires_at", end.toString())
              .build(),
          "Make sure that it is "
              + begun.person().name()
              + " who asks, and hand them this link by a channel that only they read. It works"
              + " once, from "
              + due
              + " until "
              + end
              + ", unless someone who is signed in to the account stops it:\n"
              + begun.link());
    }
  }

  /** Changes what is kept of a person. */
  @Command(name = "update", description = "Changes a person's username, name or e-mail address.")
  static final class Update extends ManagingOne {
    @Option(names = "--username", paramLabel = "NAME", description = "The new username.")
    private @Nullable String newUsername;

    @Option(names = "--name", paramLabel = "NAME", description = "The new name.")
    private @Nullable String name;

    @Option(
        names = "--email",
        paramLabel = "ADDRESS",
        description = "The new e-mail address, not verified; an empty text removes it.")
    private @Nullable String email;

    @Option(
        names = "--email-verified",
        description = "You have seen that the address is the person's.")
    private boolean emailVerified;

    @Override
    void manage(PeopleAdmin people)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      Person updated =
          people.update(
              username,
              new PeopleAdmin.Update(
                  Optional.ofNullable(newUsername),
                  Optional.ofNullable(name),
                  Optional.ofNullable(email),
                  emailVerified ? Optional.of(true) : Optional.empty()));
      say(updated, "Updated " + updated.username() + ".");
    }
  }

  /** Has a person refused. */
  @Command(
      name = "disable",
      description = {
        "Refuses a person from now on, and ends their sessions and tokens.",
        "Passkeys and password stay. To undo it, enable the person."
      })
  static final class Disable extends ManagingOne {
    @Override
    void manage(PeopleAdmin people)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      PeopleAdmin.Ended disabled = people.admit(username, false);
      say(disabled, "Disabled " + disabled.person().username() + ".");
    }
  }

  /** Admits a person again. */
  @Command(
      name = "enable",
      description = "Admits a person who was disabled; their old tokens stay revoked.")
  static final class Enable extends ManagingOne {
    @Override
    void manage(PeopleAdmin people)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      Person enabled = people.admit(username, true).person();
      say(enabled, "Enabled " + enabled.username() + ". The person may sign in again.");
    }
  }

  /** Takes what a person signs in with. */
  @Command(
      name = "reset",
      description = {
        "Removes all that a person signs in with, and ends their sessions and tokens.",
        "These are passkeys, password and one-time codes.",
        "For a lost or stolen device. The person enrols again by a new invitation."
      })
  static final class Reset extends ManagingOne {
    @Override
    void manage(PeopleAdmin people)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      PeopleAdmin.Ended reset = people.reset(username);
      say(
          reset,
          "Removed the passkeys, the password and the one-time codes of "
              + reset.person().username()
              + ". To let the person enrol again, run: counterfoil person invite "
              + reset.person().username()
              + ".");
    }
  }

  /** Takes a person out. */
  @Command(
      name = "remove",
      description = {
        "Removes a person, and ends their sessions and tokens.",
        "Passkeys, password and consents go too. This cannot be undone: a person added later"
            + " under the same username gets another subject."
      })
  static final class Remove extends ManagingOne {
    @Override
    void manage(PeopleAdmin people)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      PeopleAdmin.Ended removed = people.remove(username);
      say(removed, "Removed " + removed.person().username() + ".");
    }
  }
}
