package dev.counterfoil.signer.issuing;

import static java.util.Objects.requireNonNull;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.format.keys.KeyStatement.Violation;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.keystore.pkcs11.HsmAwayException;
import dev.counterfoil.log.Refusal;
import dev.counterfoil.log.Submission;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.disk.LogFailedException;
import dev.counterfoil.log.record.Counterfoil;
import dev.counterfoil.process.Fractions;
import dev.counterfoil.process.settings.Purpose;
import dev.counterfoil.process.settings.Purposes;
import dev.counterfoil.signer.privatekeys.LowS;
import dev.counterfoil.signer.privatekeys.PrivateKeys;
import dev.counterfoil.signer.rotation.KeyRing;
import dev.counterfoil.signer.rotation.TokenKey;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.IssueRequest;
import dev.counterfoil.signerprotocol.SignerServer.Responder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How a token is issued. The numbers are those of docs/understand/issuance.md, which says what a
 * crash in each step leaves behind. Steps 1 to 4 run on the thread that read the request, 5 to 7 on
 * the sequencer's or, where a level is waited for, 7 on the releaser's, 8 on a signing thread.
 */
public final class Issuance {
  /**
   * Most bytes of requests that were taken and are not answered, as {@link TokenDraft#heldBytesMax}
   * estimates them: a third of the heap that the process is started with.
   */
  static final long UNANSWERED_BYTES_MAX = 32L << 20;

  private static final System.Logger LOG = System.getLogger(Issuance.class.getName());
  private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();

  private final Supplier<KeyRing> ring;
  private final Supplier<Purposes> purposes;
  private final RequestQuota clients;
  private final RequestQuota tenants;
  private final Function<String, Level> release;
  private final Salts salts;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Consumer<Submission> log;
  private final SigningThreads signing;
  private final AtomicLong unansweredBytes = new AtomicLong();
  private final LongAdder issued = new LongAdder();
  private volatile @Nullable Refusal lastRefusal;
  private volatile boolean stopped;

  private static final int CLAIM_SHOWN_MAX = 64;

  public Issuance(
      Supplier<KeyRing> ring,
      Supplier<Purposes> purposes,
      SignerConfiguration.Quotas quotas,
      Function<String, Level> release,
      Salts salts,
      InstantSource clock,
      LongSupplier nanos,
      Consumer<Submission> log,
      SigningThreads signing) {
    this.ring = ring;
    this.purposes = purposes;
    this.clients = new RequestQuota(quotas.clientTokensPerSecond(), quotas.clients());
    this.tenants = new RequestQuota(quotas.tenantTokensPerSecond(), quotas.tenants());
    this.release = release;
    this.salts = salts;
    this.clock = clock;
    this.nanos = nanos;
    this.log = log;
    this.signing = signing;
  }

  /** Issues a token; the answer comes later and on another thread. */
  public void issue(IssueRequest request, Responder responder) {
    Optional<Answer.Refused> malformed = malformed(request);
    if (malformed.isPresent()) {
      responder.answer(malformed.get());
      return;
    }
    // 1. What such tokens are for, and the key that signs them now. Nothing is issued with a key
    // that does not stand in the key log.
    Instant now = clock.instant();
    Optional<Purpose> purpose = purposes.get().of(request.tokenType());
    if (purpose.isEmpty()) {
      responder.answer(outOfScope(Violation.TOKEN_TYPE));
      return;
    }
    Optional<TokenKey> active =
        stopped ? Optional.empty() : ring.get().active(purpose.get(), request, now);
    if (active.isEmpty()) {
      responder.answer(
          new Answer.Refused(Code.NO_KEY, "no key is active; the signer's status shows why"));
      return;
    }
    TokenKey key = active.get();
    // 2. Its scope: what the statement, or the configuration since, does not name is denied.
    long iat = now.getEpochSecond();
    long exp = iat + request.lifeSeconds();
    Optional<Violation> violation = purpose.get().violation(request);
    if (violation.isEmpty()) {
      violation =
          key.statement()
              .violation(
                  request.tokenType(),
                  key.statement().issuer(),
                  request.tenant(),
                  request.audiences(),
                  request.confirmation() != null,
                  Instant.ofEpochSecond(iat),
                  Instant.ofEpochSecond(exp));
    }
    if (violation.isPresent()) {
      responder.answer(outOfScope(violation.get()));
      return;
    }
    Optional<String> denied = purpose.get().deniedClaim(request);
    if (denied.isPresent()) {
      responder.answer(
          new Answer.Refused(
              Code.OUT_OF_SCOPE,
              "tokens of purpose "
                  + purpose.get().name()
                  + " may not have the claim "
                  + PlainText.of(denied.get(), CLAIM_SHOWN_MAX)
                  + ": it is none of the purpose's claims"));
      return;
    }
    // 3. Quotas.
    long nowNanos = nanos.getAsLong();
    if (!clients.spend(request.clientId(), nowNanos)) {
      responder.answer(new Answer.Refused(Code.QUOTA, "the client's quota is used up"));
      return;
    }
    if (!tenants.spend(request.tenant(), nowNanos)) {
      responder.answer(new Answer.Refused(Code.QUOTA, "the tenant's quota is used up"));
      return;
    }
    // 4. Header, claims and context, all but the position; then the queue.
    TokenDraft draft =
        TokenDraft.compose(
            request, key, iat, exp, salts.next(), purpose.get().publishesStatus(request));
    if (draft.tokenBytesMax() > CompactToken.LENGTH_MAX
        || draft.contextBytes() > Counterfoil.CONTEXT_BYTES_MAX) {
      responder.answer(new Answer.Refused(Code.MALFORMED, "the token would be too long"));
      return;
    }
    if (unansweredBytes.addAndGet(draft.heldBytesMax()) > UNANSWERED_BYTES_MAX) {
      unansweredBytes.addAndGet(-draft.heldBytesMax());
      responder.answer(new Answer.Refused(Code.BUSY, "too many requests wait"));
      return;
    }
    log.accept(new Entry(key, draft, release.apply(request.tenant()), responder));
  }

  /** Rules of a request that no key's scope is asked about. */
  private static Optional<Answer.Refused> malformed(IssueRequest request) {
    if (request.tokenType().isEmpty()
        || request.tenant().isEmpty()
        || (request.subject().isEmpty() && !TokenForms.isSet(request))
        || request.clientId().isEmpty()
        || request.ground().kind().isEmpty()
        || request.audiences().contains("")) {
      return Optional.of(
          new Answer.Refused(
              Code.MALFORMED, "type, tenant, subject, client, audience or ground is empty"));
    }
    Optional<String> objection = TokenForms.objection(request);
    if (objection.isPresent()) {
      return Optional.of(new Answer.Refused(Code.MALFORMED, objection.get()));
    }
    JsonObject more = request.moreClaims();
    if (more == null) {
      return Optional.empty();
    }
    for (String name : more.names()) {
      if (TokenDraft.COMPOSED.contains(name)) {
        return Optional.of(
            new Answer.Refused(
                Code.MALFORMED, "a further claim is one that the signer composes itself"));
      }
    }
    return Fractions.in(more)
        ? Optional.of(
            new Answer.Refused(
                Code.MALFORMED, "a further claim has a number that is no 64-bit integer"))
        : Optional.empty();
  }

  private static Answer.Refused outOfScope(Violation violation) {
    return new Answer.Refused(
        Code.OUT_OF_SCOPE,
        switch (violation) {
          case ISSUER -> "the key may not sign for this issuer";
          case TENANT -> "the key may not sign for this tenant";
          case TOKEN_TYPE -> "the key may not sign this type of token";
          case AUDIENCE -> "the key may not sign for this audience";
          case BINDING -> "the key signs only tokens that are bound to a key of their client's";
          case LIFE -> "the key may not give so long a life";
          case ACTIVE_WINDOW -> "the key is outside its active window";
          case VERIFY_UNTIL -> "the token would outlive its key";
        });
  }

  /** From now on nothing is taken; what was taken is answered. */
  public void stop() {
    stopped = true;
  }

  /** Tokens signed since the start. */
  public long issuedCount() {
    return issued.sum();
  }

  /** Why the log last refused, when nothing was recorded since. */
  public Optional<Refusal> lastRefusal() {
    return Optional.ofNullable(lastRefusal);
  }

  /** One token on its way. */
  private final class Entry implements Submission, SigningThreads.Recorded {
    private final TokenKey key;
    private final TokenDraft draft;
    private final Level level;
    private final Responder responder;
    private @Nullable Counterfoil counterfoil;
    private Answer.@Nullable Issued signed;

    Entry(TokenKey key, TokenDraft draft, Level level, Responder responder) {
      this.key = key;
      this.draft = draft;
      this.level = level;
      this.responder = responder;
    }

    private void answer(Answer answer) {
      unansweredBytes.addAndGet(-draft.heldBytesMax());
      responder.answer(answer);
    }

    @Override
    public Optional<Counterfoil> compose(long at, long timeMillis) {
      // 5. The position makes the signing input whole. 6. The log writes and syncs the counterfoil,
      // and the leaf joins the tree.
      Counterfoil composed =
          new Counterfoil(at, timeMillis, draft.signingInput(at), draft.salt(), draft.context());
      counterfoil = composed;
      return Optional.of(composed);
    }

    @Override
    public Level level() {
      return level;
    }

    @Override
    public void unreached(long at) {
      answer(
          new Answer.Refused(
              Code.LEVEL_NOT_REACHED,
              "the log did not reach the level "
                  + level.name().toLowerCase(Locale.ROOT)
                  + " in time"));
    }

    @Override
    public void recorded(long at) {
      // 7. The counterfoil is durable, and safe at the level that the tenant asks for: now, and not
      // before, a signing thread gets it.
      if (lastRefusal != null) {
        lastRefusal = null;
      }
      signing.add(this);
    }

    @Override
    public TokenKey key() {
      return key;
    }

    @Override
    public void sign(PrivateKeys.Signing with) throws GeneralSecurityException {
      // 8. Sign what the leaf is the hash of and, when the thread's run is over, release.
      Counterfoil recorded = requireNonNull(counterfoil);
      byte[] signingInput = recorded.signingInput();
      byte[] signature = with.sign(signingInput, recorded.leaf().digest());
      if (signature.length != key.signatureBytes()) {
        throw new GeneralSecurityException("custody gave a signature of another length");
      }
      if (key.algorithm() == PublicJwk.Algorithm.ES256) {
        LowS.normalise(signature);
      }
      byte[] encoded = BASE64URL.encode(signature);
      byte[] token = new byte[signingInput.length + 1 + encoded.length];
      System.arraycopy(signingInput, 0, token, 0, signingInput.length);
      token[signingInput.length] = '.';
      System.arraycopy(encoded, 0, token, signingInput.length + 1, encoded.length);
      issued.increment();
      signed = new Answer.Issued(new String(token, StandardCharsets.US_ASCII), recorded.position());
    }

    @Override
    public void unsigned(HsmAwayException why) {
      answer(new Answer.Refused(Code.NO_KEY, "the key is away; the signer's status shows why"));
    }

    @Override
    public void release() {
      unansweredBytes.addAndGet(-draft.heldBytesMax());
      responder.queue(requireNonNull(signed));
    }

    @Override
    public void flush() {
      responder.flush();
    }

    @Override
    public void refused(Refusal refusal) {
      lastRefusal = refusal;
      answer(
          switch (refusal) {
            case BUSY -> new Answer.Refused(Code.BUSY, "too many requests wait for the journal");
            case BEHIND ->
                new Answer.Refused(
                    Code.BUSY,
                    "too many requests wait for the level "
                        + level.name().toLowerCase(Locale.ROOT));
            case FULL ->
                new Answer.Refused(
                    Code.DISK_FULL, "the journal is full. Make room on the signer's disk");
            case SEALED -> new Answer.Refused(Code.SEALED, "the log has ended");
            case CLOSED -> new Answer.Refused(Code.BUSY, "the signer is stopping");
          });
    }

    @Override
    public void failed(Throwable cause) {
      if (cause instanceof LogFailedException) {
        // Nobody knows what was recorded, and the process is about to stop: no answer is the truth.
        return;
      }
      LOG.log(System.Logger.Level.ERROR, "a token could not be composed", cause);
      answer(new Answer.Refused(Code.MALFORMED, "the token could not be composed"));
    }
  }
}
