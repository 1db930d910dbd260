package dev.counterfoil.cli;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.PeopleAdmin;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** A person's sessions and consents, one by one. */
final class PersonHoldings {
  private PersonHoldings() {}

  /** Lists where a person is signed in. */
  @Command(
      name = "sessions",
      description = {
        "Lists where a person is signed in.",
        "To end one of the sessions, run counterfoil person end-session with its id."
      })
  static final class Sessions extends PersonCommand.ManagingOne {
    @Override
    void manage(PeopleAdmin people)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      JsonObject shown = people.sessions(username);
      try {
        Table table =
            new Table(1000, List.of("SESSION", "SINCE", "UNTIL", "BY", "ADDRESS", "BROWSER"));
        for (JsonObject one : shown.objects("sessions")) {
          table.row(
              List.of(
                  one.string("id"),
                  minute(one.string("began_at")),
                  minute(one.string("expires_at")),
                  String.join(" ", one.strings("amr")),
                  one.string("address"),
                  one.string("browser")));
        }
        print(
            shown,
            shown.objects("sessions").isEmpty()
                ? username + " is signed in nowhere."
                : table.toString());
        if (shown.get("authorities_away") instanceof List<?> away && !away.isEmpty()) {
          System.err.println(
              "Warning: sessions are missing, since these authorities do not answer: "
                  + away.toString().replaceAll("[^0-9, ]", ""));
        }
      } catch (FormatException e) {
        throw new IOException("the authority answered with sessions that are none", e);
      }
    }

    private static String minute(String time) throws IOException {
      try {
        return Instant.parse(time).truncatedTo(ChronoUnit.MINUTES).toString();
      } catch (DateTimeException e) {
        throw new IOException("the authority answered with a time that is none", e);
      }
    }
  }

  /** Ends one session. */
  @Command(
      name = "end-session",
      description = {
        "Ends one session of a person, and the tokens that were issued on it.",
        "Applications that ask for it are told (back-channel logout). Refresh tokens for offline"
            + " access stay: to end those, run counterfoil person end-consent."
      })
  static final class EndSession extends PersonCommand.ManagingOne {
    @Parameters(
        paramLabel = "SESSION",
        description = "Its id, as counterfoil person sessions lists it.")
    private String session;

    @Override
    void manage(PeopleAdmin people)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      PeopleAdmin.Ended ended = people.endSession(username, session);
      say(ended, "Ended the session of " + ended.person().username() + ".", "");
    }
  }

  /** Lists what a person agreed to. */
  @Command(
      name = "consents",
      description = {
        "Lists what a person allows which clients.",
        "To end one of the consents, run counterfoil person end-consent with the client."
      })
  static final class Consents extends PersonCommand.ManagingOne {
    @Override
    void manage(PeopleAdmin people)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      JsonObject shown = people.consents(username);
      try {
        Table table = new Table(1000, List.of("CLIENT", "SINCE", "UNTIL", "SCOPES"));
        for (JsonObject one : shown.objects("consents")) {
          table.row(
              List.of(
                  one.string("client_id"),
                  PersonCommand.Show.day(one.string("at")),
                  one.optionalString("until").map(PersonCommand.Show::day).orElse("no end"),
                  String.join(" ", one.strings("scopes"))));
        }
        print(
            shown,
            shown.objects("consents").isEmpty()
                ? username + " allows no client anything."
                : table.toString());
      } catch (FormatException e) {
        throw new IOException("the authority answered with consents that are none", e);
      }
    }
  }

  /** Ends what a person allowed a client. */
  @Command(
      name = "end-consent",
      description = {
        "Ends what a person allows a client, and the client's tokens in their name.",
        "The client asks the person again when it next needs something."
      })
  static final class EndConsent extends PersonCommand.ManagingOne {
    @Parameters(paramLabel = "CLIENT_ID", description = "The client.")
    private String clientId;

    @Override
    void manage(PeopleAdmin people)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      PeopleAdmin.Ended ended = people.endConsent(username, clientId);
      say(ended, ended.person().username() + " allows " + clientId + " nothing any more.", "");
    }
  }
}
