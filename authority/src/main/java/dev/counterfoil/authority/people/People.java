package dev.counterfoil.authority.people;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditclient.SpoolUnavailableException;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.connect.GrantEnds;
import dev.counterfoil.authority.settings.AuthorityConfiguration.Domain;
import dev.counterfoil.authority.settings.PeopleEntry;
import dev.counterfoil.authority.settings.UpstreamEntry;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.http.listener.FailedRequests;
import dev.counterfoil.http.outbound.OutboundGuard;
import dev.counterfoil.signin.Beside;
import dev.counterfoil.signin.SignIn;
import dev.counterfoil.signin.SignInEvents;
import dev.counterfoil.signin.upstream.Upstream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.function.Function;

/**
 * The people of a domain, and how they sign in.
 *
 * @param directory who they are
 * @param signIn their sessions and pages
 */
public record People(Directory directory, SignIn signIn) implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(People.class.getName());

  /**
   * Opens both.
   *
   * @param beside what sign-in needs of the authority
   * @param failed counts requests at which this process failed
   * @throws IOException when a file cannot be read or made
   */
  public static People open(
      Domain domain,
      PeopleEntry entry,
      Function<Directory, Beside> beside,
      FailedRequests failed,
      SecureRandom random,
      InstantSource clock)
      throws IOException {
    URI issuer = domain.issuer();
    if (!takesPasskeys(issuer)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0}: people sign in without passkeys at {1}, since a passkey belongs to a host name, and"
              + " to https or localhost",
          domain.name(),
          issuer);
    }
    Path database = entry.database();
    Directory directory = Directory.open(domain.peopleTables(entry), random, clock);
    try {
      return new People(
          directory,
          SignIn.open(
              new SignIn.Settings(
                  issuer,
                  entry.brand().orElse(issuer.getHost()),
                  database.resolveSibling("sessions.db"),
                  database.resolveSibling("sign-in-key"),
                  entry.sessionLife(),
                  entry.passwords(),
                  entry.upstreams().stream().map(People::upstream).toList(),
                  new OutboundGuard(entry.outbound()),
                  entry.passkeyHost(),
                  entry.relatedOrigins(),
                  entry.domainsOfTenants()),
              directory,
              beside.apply(directory),
              failed,
              random,
              clock));
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  private static Upstream upstream(UpstreamEntry entry) {
    return new Upstream(
        entry.name(),
        entry.label(),
        entry.tenant(),
        entry.issuer(),
        entry.clientId(),
        entry.clientSecret().map(file -> () -> SecretFile.at(file).read()),
        entry.create(),
        entry.linkByEmail());
  }

  /** Whether people of an issuer can have passkeys: its host is a name, on https or localhost. */
  public static boolean takesPasskeys(URI issuer) {
    return SignIn.takesPasskeys(issuer);
  }

  /** The events of sign-in, in the authority's own part of the audit log. */
  public static SignInEvents events(AuthorityAudit audit) {
    return new SignInEvents() {
      @Override
      public void record(EventDraft draft) throws SpoolUnavailableException {
        audit.client().recordRequest(draft);
      }

      @Override
      public void recordEnd(EventDraft draft) {
        audit.recordContainment(draft);
      }

      @Override
      public void refused(EventDraft draft, Operation operation, String code, String who) {
        audit.refused(draft, operation, code, who);
      }
    };
  }

  /** Who holds their sessions. */
  public GrantEnds.SessionHolder sessions() {
    return new GrantEnds.SessionHolder() {
      @Override
      public void end(String subject, String session) {
        signIn.endQuietly(subject, session);
      }

      @Override
      public boolean lasts(String subject, String session) {
        return signIn.lasts(subject, session);
      }
    };
  }

  @Override
  public void close() {
    signIn.close();
    directory.close();
  }
}
