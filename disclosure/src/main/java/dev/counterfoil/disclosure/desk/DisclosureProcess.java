package dev.counterfoil.disclosure.desk;

import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.disclosure.DisclosureException;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.clocks.ClockPack;
import dev.counterfoil.disclosure.record.DisclosureLog;
import dev.counterfoil.disclosure.record.DisclosureRecord;
import dev.counterfoil.disclosure.record.IncidentRecord;
import dev.counterfoil.disclosure.record.NoticeState;
import dev.counterfoil.disclosure.record.RecordKind;
import dev.counterfoil.disclosure.victims.Contacts;
import dev.counterfoil.disclosure.victims.LetterNotices;
import dev.counterfoil.disclosure.victims.MailNotices;
import dev.counterfoil.disclosure.victims.MailRelay;
import dev.counterfoil.disclosure.victims.NoticeChannel;
import dev.counterfoil.disclosure.victims.NoticePlan;
import dev.counterfoil.disclosure.victims.Outbox;
import dev.counterfoil.disclosure.victims.SignalNotices;
import dev.counterfoil.disclosure.victims.WebhookNotices;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.http.listener.AddressRange;
import dev.counterfoil.http.outbound.GuardedAsks;
import dev.counterfoil.http.outbound.GuardedConnections;
import dev.counterfoil.http.outbound.OutboundGuard;
import dev.counterfoil.log.LogWitnesses;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.disk.LogFailedException;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.tools.StaticCopy;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import dev.counterfoil.signerprotocol.SignerServer.Responder;
import java.io.Closeable;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** The disclosure process, put together: a socket for operators, and a thread that sends. */
public final class DisclosureProcess implements AutoCloseable {
  private static final Duration CALL_EVERY = Duration.ofSeconds(10);
  private static final Duration STEP = Duration.ofMillis(500);

  /** By this the authority lets it tell streams of notices, and nothing else. */
  private static final String NOTICE_SCOPE = "counterfoil:tell-notices";

  private static final Duration POST_WITHIN = Duration.ofSeconds(15);
  private static final System.Logger LOG = System.getLogger(DisclosureProcess.class.getName());

  private final Deque<Closeable> opened = new ArrayDeque<>();
  private final OwnKeys keys;
  private final DisclosureRecord record;
  private final DisclosureDesk desk;
  private final PublishingDesk publishing;
  private final Outbox outbox;
  private final InstantSource clock;
  private final Consumer<Throwable> unknownState;
  private volatile boolean stopped;

  /** What the sender last said that it waits for; of its thread. */
  private String waitsFor = "";

  /** The checkpoint that was copied last; of the witnesses' thread. */
  private byte[] copied = new byte[0];

  /** Why it was not copied last time; of the same thread. */
  private String notCopied = "";

  /**
   * Starts it. The first start makes its keys, which the registrar then states.
   *
   * @param unknownState told when it is unknown what is on disk: the process must end, and a start
   *     recovers
   */
  public static DisclosureProcess start(
      DisclosureConfiguration configuration,
      InstantSource clock,
      SecureRandom random,
      Consumer<Throwable> unknownState)
      throws IOException, ConfigurationException {
    return new DisclosureProcess(configuration, clock, random, unknownState);
  }

  private DisclosureProcess(
      DisclosureConfiguration configuration,
      InstantSource clock,
      SecureRandom random,
      Consumer<Throwable> unknownState)
      throws IOException, ConfigurationException {
    this.clock = clock;
    this.unknownState = unknownState;
    try {
      TrustPolicy policy = policy(configuration.policy());
      FileDisk disk = FileDisk.privateFolder(configuration.folder());
      opened.push(disk.lock()::close);
      keys = OwnKeys.openOrMake(disk, policy, configuration.origin());
      DisclosureLog log =
          DisclosureLog.open(
              configuration.folder(),
              configuration.publicFolder().resolve(DisclosureLog.FOLDER),
              keys.notes(),
              random);
      opened.push(log::close);
      DisclosureAudit audit = DisclosureAudit.start(configuration, policy, clock, random);
      opened.push(audit);
      record = new DisclosureRecord(log);
      List<ClockPack> packs = ClockPack.all(configuration.clocks());
      publishing = new PublishingDesk(record, keys, configuration, policy.domain(), clock);
      desk = new DisclosureDesk(record, keys, packs, clock, random, publishing);
      HttpClient http = LogWitnesses.http();
      opened.push(http::close);
      GuardedAsks posts = posts(configuration);
      Optional<MailRelay> relay =
          configuration
              .mail()
              .map(mail -> new MailRelay(mail.server(), mail.from(), mail.startTls()));
      outbox =
          new Outbox(
              channels(
                  configuration,
                  posts,
                  relay,
                  new SignalNotices(
                      policy.issuer(),
                      configuration.publicAddress(),
                      DisclosureAudit.tokens(
                          configuration, policy, NOTICE_SCOPE, policy.issuer(), clock, random),
                      http)),
              contacts(configuration.contacts()),
              configuration.escalateAfter(),
              clock);
      opened.push(outbox::close);
      publishing.writePages();
      SignerServer admin =
          SignerServer.listen(
              configuration.adminSocket().path(),
              UnixUsers.orSelf(configuration.adminUsers()),
              (request, peer, responder) ->
                  handle(
                      request,
                      responder,
                      command ->
                          audit.ofOperator(
                              desk::carryOut, command.name(), command.arguments(), peer.user())));
      opened.push(admin::close);
      if (configuration.tenantSocket().isPresent()) {
        SignerServer tenants =
            SignerServer.listen(
                configuration.tenantSocket().get().path(),
                UnixUsers.orSelf(configuration.tenantUsers()),
                (request, peer, responder) ->
                    handle(
                        request,
                        responder,
                        command ->
                            audit.ofPerson(
                                desk::forConsole,
                                command.name(),
                                command.arguments(),
                                peer.user())));
        opened.push(tenants::close);
      }
      Thread sender = Thread.ofPlatform().daemon().name("disclosure-outbox").start(this::send);
      opened.push(() -> end(sender));
      if (configuration.onDuty().isPresent()) {
        OnDuty duty = new OnDuty(desk, configuration.onDuty().get(), relay, posts, clock);
        Thread caller =
            Thread.ofPlatform().daemon().name("disclosure-on-duty").start(() -> call(duty));
        opened.push(() -> end(caller));
      }
      LogWitnesses witnesses =
          log.witnesses(policy, desk, http, clock, DisclosureProcess::contradicted);
      Path read = configuration.publicFolder().resolve(DisclosureLog.FOLDER);
      LogReader reader = new LogReader(FileDisk.toRead(read));
      opened.push(reader::close);
      StaticCopy tiles =
          new StaticCopy(
              reader, keys.logKey(), configuration.publicFolder().resolve(DisclosureLog.TILES));
      opened.push(tiles::close);
      Thread asker =
          Thread.ofPlatform()
              .daemon()
              .name("disclosure-witnesses")
              .start(() -> askWitnesses(witnesses, reader, tiles));
      opened.push(() -> end(asker));
    } catch (IOException | ConfigurationException | RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private static TrustPolicy policy(Path file) throws IOException, ConfigurationException {
    try {
      return TrustPolicy.parse(Files.readAllBytes(file));
    } catch (FormatException e) {
      throw new ConfigurationException(file + ": " + e.getMessage(), e);
    }
  }

  private static Contacts contacts(Optional<Path> file) throws IOException, ConfigurationException {
    if (file.isEmpty()) {
      return Contacts.NONE;
    }
    try {
      return Contacts.parse(Files.readAllBytes(file.get()));
    } catch (FormatException e) {
      throw new ConfigurationException(file.get() + ": " + e.getMessage(), e);
    }
  }

  private static GuardedAsks posts(DisclosureConfiguration configuration) {
    List<AddressRange> own =
        configuration.outboundNetworks().stream()
            .map(text -> AddressRange.parse("outbound-networks", text))
            .toList();
    return new GuardedAsks(
        GuardedConnections.ofHost(), new OutboundGuard(own)::objection, POST_WITHIN, 0);
  }

  private static Map<String, NoticeChannel> channels(
      DisclosureConfiguration configuration,
      GuardedAsks posts,
      Optional<MailRelay> relay,
      SignalNotices signals) {
    Map<String, NoticeChannel> channels = new HashMap<>();
    // The page stands once its entry does: PublicPages writes it.
    channels.put(NoticePlan.PAGE, (_, _, _) -> {});
    channels.put(NoticePlan.WEBHOOK, new WebhookNotices(posts));
    channels.put(NoticePlan.SIGNALS, signals);
    channels.put(
        NoticePlan.LETTER,
        new LetterNotices(
            configuration.folder().resolve("letters"), configuration.publicAddress()));
    relay.ifPresent(
        mail ->
            channels.put(NoticePlan.MAIL, new MailNotices(mail, configuration.publicAddress())));
    return channels;
  }

  /** The log's public key, for witnesses. */
  public NoteKey logKey() {
    return keys.logKey();
  }

  private void handle(
      Request request, Responder responder, Function<Request.Command, Answer> carries) {
    if (!(request instanceof Request.Command command)) {
      responder.answer(
          new Answer.Refused(Answer.Code.NOT_ALLOWED, "the disclosure process issues nothing"));
      return;
    }
    try {
      responder.answer(carries.apply(command));
    } catch (LogFailedException e) {
      unknownState.accept(e);
    }
  }

  /** What was recorded is what was sent; a full disk stops the sending, and nothing is lost. */
  private void send() {
    while (!stopped) {
      try {
        step();
        Thread.sleep(STEP);
      } catch (LogFailedException e) {
        unknownState.accept(e);
        return;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** Calls are tried again, and people read once why one is not made. */
  private void call(OnDuty duty) {
    String failed = "";
    while (!stopped) {
      try {
        try {
          duty.step();
          failed = "";
        } catch (IOException e) {
          String why = String.valueOf(e.getMessage());
          if (!why.equals(failed)) {
            LOG.log(System.Logger.Level.ERROR, "the people on duty are not called: {0}", why);
            failed = why;
          }
        }
        Thread.sleep(CALL_EVERY);
      } catch (LogFailedException e) {
        unknownState.accept(e);
        return;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void askWitnesses(LogWitnesses witnesses, LogReader reader, StaticCopy tiles) {
    try {
      witnesses.askUntil(
          pause -> {
            copy(reader, tiles);
            Thread.sleep(pause);
            return stopped;
          });
    } catch (LogFailedException e) {
      unknownState.accept(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Copies what is new, for readers that follow the log over HTTP. */
  private void copy(LogReader reader, StaticCopy tiles) {
    try {
      if (reader.published().isEmpty()) {
        return;
      }
      byte[] newest = reader.cosigned().orElse(reader.checkpoint());
      if (!Arrays.equals(newest, copied)) {
        tiles.publish();
        copied = newest;
        notCopied = "";
      }
    } catch (IOException | LogDamagedException e) {
      String why = String.valueOf(e.getMessage());
      if (!why.equals(notCopied)) {
        notCopied = why;
        LOG.log(System.Logger.Level.ERROR, "the log's files are not brought up to date", e);
      }
    }
  }

  /** The witness's evidence stands beside the log; people decide what of it is true. */
  private static void contradicted(String how) {
    LOG.log(System.Logger.Level.ERROR, "a witness contradicts the disclosure log: {0}", how);
  }

  private void step() throws InterruptedException {
    try {
      outbox.step(new RecordedSends());
      synchronized (desk) {
        publishing.followUp();
      }
      waitsFor = "";
    } catch (IOException | DisclosureException e) {
      // It is tried again twice a second; people read it once.
      String reason = String.valueOf(e.getMessage());
      if (!reason.equals(waitsFor)) {
        LOG.log(System.Logger.Level.ERROR, "notices wait: {0}", reason);
        waitsFor = reason;
      }
    }
  }

  private final class RecordedSends implements Outbox.Ledger {
    @Override
    public List<Outbox.Waiting> notices() throws IOException {
      synchronized (desk) {
        List<Outbox.Waiting> waiting = new ArrayList<>();
        for (IncidentRecord one : record.incidents()) {
          if (one.heldBack(clock.instant()).isPresent()) {
            continue;
          }
          for (NoticeState notice : one.notices()) {
            waiting.add(new Outbox.Waiting(notice, () -> receipted(notice)));
          }
        }
        return waiting;
      }
    }

    private SignedDisclosure receipted(NoticeState notice) throws IOException {
      synchronized (desk) {
        return publishing.file(notice);
      }
    }

    @Override
    public void sent(NoticeState notice, String channel) throws IOException {
      add(
          notice,
          JsonObject.builder().put("notice", notice.code()).put("channel", channel).build());
    }

    @Override
    public void failed(NoticeState notice, String channel, String why) throws IOException {
      LOG.log(
          System.Logger.Level.WARNING,
          "notice {0} did not go out by {1}: {2}",
          notice.code(),
          channel,
          why);
      add(
          notice,
          JsonObject.builder()
              .put("notice", notice.code())
              .put("channel", channel)
              .put("failed", why)
              .build());
    }

    private void add(NoticeState notice, JsonObject body) throws IOException {
      synchronized (desk) {
        record.add(
            RecordKind.SENT,
            notice.notice().incident(),
            clock.instant(),
            "disclosure",
            body,
            Optional.empty());
      }
    }
  }

  private void end(Thread sender) throws IOException {
    stopped = true;
    sender.interrupt();
    try {
      sender.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
  }
}
