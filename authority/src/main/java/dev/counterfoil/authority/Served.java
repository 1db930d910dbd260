package dev.counterfoil.authority;

import dev.counterfoil.authority.administration.AdminCommands;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.clients.ClientDirectory;
import dev.counterfoil.authority.clients.UsedOnce;
import dev.counterfoil.authority.connect.PersonGrants;
import dev.counterfoil.authority.connect.logout.BackChannelLogout;
import dev.counterfoil.authority.cosigners.CosignerRounds;
import dev.counterfoil.authority.keys.HeadWaiters;
import dev.counterfoil.authority.keys.JwksFetches;
import dev.counterfoil.authority.keys.PublishedKeys;
import dev.counterfoil.authority.logs.LeavesEndpoint;
import dev.counterfoil.authority.logs.PublicLogs;
import dev.counterfoil.authority.logs.RecordIndexes;
import dev.counterfoil.authority.peers.Sharing;
import dev.counterfoil.authority.people.People;
import dev.counterfoil.authority.settings.AudienceMarks;
import dev.counterfoil.authority.settings.AuthorityConfiguration.Domain;
import dev.counterfoil.authority.signals.Signals;
import dev.counterfoil.authority.signals.SignalsPoller;
import dev.counterfoil.authority.signals.SignalsReceiver;
import dev.counterfoil.authority.signers.SignerView;
import dev.counterfoil.authority.signers.Signers;
import dev.counterfoil.authority.token.TokenRevocations;
import dev.counterfoil.authority.watching.MonitorWatch;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.http.listener.FailedRequests;
import dev.counterfoil.http.listener.LongPolls;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.verifier.Verifier;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a domain's routes serve from. {@link DomainServer} opens and closes it.
 *
 * @param people who signs in; empty where nobody does
 * @param grants what these people allowed; empty where nobody signs in
 * @param sharing with other authorities of the domain; empty where there are none
 * @param logout tells clients that sessions ended; empty where nobody signs in
 * @param signals tells receivers of security events; empty where nobody signs in
 * @param receivers of the events of providers, which post them or are polled for them
 * @param failed requests that came to nothing
 * @param registrar revokes, and is asked whether it lives
 * @param published the domain's keys as the key log states them
 * @param policy whose quorum a proof needs
 * @param commands of administrators
 * @param monitorWatch watches the monitor; empty where there is none
 */
record Served(
    Domain domain,
    ClientDirectory clients,
    Optional<People> people,
    Optional<PersonGrants> grants,
    Optional<Sharing> sharing,
    Optional<BackChannelLogout> logout,
    Optional<Signals> signals,
    List<SignalsReceiver> receivers,
    List<SignalsPoller> pollers,
    FailedRequests failed,
    Once once,
    TokenRevocations revoking,
    SignerClient registrar,
    PublishedKeys published,
    PublicLogs logs,
    LogPolicy policy,
    RecordIndexes indexes,
    Verifier verifier,
    Supplier<List<Verifier>> neighbours,
    Waiting waiting,
    AudienceMarks audienceMarks,
    Cosigned cosigned,
    JwksFetches fetches,
    AdminCommands commands,
    AuthorityAudit audit,
    Optional<MonitorWatch> monitorWatch) {
  Served {
    receivers = List.copyOf(receivers);
    pollers = List.copyOf(pollers);
  }

  /**
   * The signers, and who cosigns the domain's logs.
   *
   * @param signers each with its own word about its logs
   * @param rounds the cosigners as they answer here, for each signer in their order
   * @param registrar the registrar's own word
   * @param keyLogRounds the cosigners of the key log
   */
  record Cosigned(
      Signers signers,
      List<CosignerRounds> rounds,
      SignerView registrar,
      CosignerRounds keyLogRounds) {
    Cosigned {
      rounds = List.copyOf(rounds);
    }
  }

  /**
   * What clients may use once.
   *
   * @param assertions by which they prove themselves
   * @param proofs of possession of a key
   */
  record Once(UsedOnce assertions, UsedOnce proofs) {}

  /**
   * Answers that are held back until there is news.
   *
   * @param heads of the key log
   * @param leaves of the tokens' logs
   * @param polls how many of all of them there may be
   */
  record Waiting(HeadWaiters heads, LeavesEndpoint leaves, LongPolls polls) {}
}
