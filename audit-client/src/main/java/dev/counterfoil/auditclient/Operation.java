package dev.counterfoil.auditclient;

import dev.counterfoil.format.audit.AuditEvent;

/**
 * Every operation of our own parts that is an event of the audit log, each exactly one: the event
 * catalogue (docs/reference/events.md). Its name stands in {@code metadata.event_code}, and its
 * meaning beside it here.
 */
public enum Operation {
  CLIENT_REGISTER(Part.AUTHORITY, "client.register", Operation.ENTITY, 1, "A client is registered"),
  CLIENT_UPDATE(Part.AUTHORITY, "client.update", Operation.ENTITY, 3, "A client is changed"),
  CLIENT_ROTATE_SECRET(
      Part.AUTHORITY, "client.rotate-secret", Operation.ENTITY, 3, "A client gets a new secret"),
  CLIENT_DROP_SECRET(
      Part.AUTHORITY,
      "client.drop-secret",
      Operation.ENTITY,
      3,
      "A client's secret before the present one ends"),
  CLIENT_ADMIT(
      Part.AUTHORITY, "client.admit", Operation.ENTITY, 3, "A client is disabled or enabled"),
  CLIENT_EXPIRE(
      Part.AUTHORITY,
      "client.expire",
      Operation.ENTITY,
      3,
      "A client gets a time from which on it is refused, or has none any more"),
  CLIENT_REMOVE(Part.AUTHORITY, "client.remove", Operation.ENTITY, 4, "A client is taken out"),
  CLIENT_LIST(
      Part.AUTHORITY, "client.list", Operation.ENTITY, 2, "The operator reads the list of clients"),
  KEY_SET_FETCHES_LIST(
      Part.AUTHORITY,
      "key-set-fetches.list",
      Operation.ENTITY,
      2,
      "The operator reads who fetched the key sets"),
  PERSON_SIGN_IN(
      Part.AUTHORITY,
      "person.sign-in",
      Operation.AUTHENTICATION,
      1,
      "A person signs in at a browser, or tries to"),
  PERSON_SIGN_OUT(
      Part.AUTHORITY,
      "person.sign-out",
      Operation.AUTHENTICATION,
      2,
      "A person's session is ended, by the person or by another sign-in at its browser"),
  PASSKEY_ADD(
      Part.AUTHORITY,
      "passkey.add",
      Operation.ENTITY,
      1,
      "A person gets a passkey, by invitation or after a fresh proof"),
  PASSKEY_REMOVE(
      Part.AUTHORITY, "passkey.remove", Operation.ENTITY, 4, "A person removes a passkey"),
  PASSWORD_SET(
      Part.AUTHORITY, "password.set", Operation.ENTITY, 3, "An invited person chooses a password"),
  ONE_TIME_CODE_ADD(
      Part.AUTHORITY, "one-time-code.add", Operation.ENTITY, 1, "A person gets one-time codes"),
  ONE_TIME_CODE_REMOVE(
      Part.AUTHORITY, "one-time-code.remove", Operation.ENTITY, 4, "One-time codes are turned off"),
  RECOVERY_CODES_RENEW(
      Part.AUTHORITY,
      "recovery-codes.renew",
      Operation.ENTITY,
      3,
      "A person gets new recovery codes"),
  UPSTREAM_LINK(
      Part.AUTHORITY, "upstream.link", Operation.ENTITY, 1, "A provider's account is linked"),
  UPSTREAM_UNLINK(
      Part.AUTHORITY, "upstream.unlink", Operation.ENTITY, 4, "A provider's account is unlinked"),
  RECOVERY_ASK(Part.AUTHORITY, "recovery.ask", Operation.ENTITY, 1, "Someone asks for a recovery"),
  RECOVERY_STOP(Part.AUTHORITY, "recovery.stop", Operation.ENTITY, 4, "A person stops a recovery"),
  CONSENT_WITHDRAW(
      Part.AUTHORITY,
      "consent.withdraw",
      Operation.ENTITY,
      4,
      "A person withdraws what they allowed a client"),
  CONSENT_END(Part.AUTHORITY, "consent.end", Operation.ENTITY, 4, "The operator ends a consent"),
  CONSENT_LIST(Part.AUTHORITY, "consent.list", Operation.ENTITY, 2, "The operator reads consents"),
  SESSION_END(Part.AUTHORITY, "session.end", Operation.ENTITY, 4, "The operator ends a session"),
  SESSION_LIST(Part.AUTHORITY, "session.list", Operation.ENTITY, 2, "The operator reads sessions"),
  PERSON_ADD(
      Part.AUTHORITY, "person.add", Operation.ENTITY, 1, "A person is put into the directory"),
  PERSON_UPDATE(
      Part.AUTHORITY,
      "person.update",
      Operation.ENTITY,
      3,
      "A person's username, name or address is changed"),
  PERSON_INVITE(
      Part.AUTHORITY,
      "person.invite",
      Operation.ENTITY,
      3,
      "A person gets a link to enrol a passkey or a password"),
  PERSON_RECOVER(
      Part.AUTHORITY, "person.recover", Operation.ENTITY, 3, "A person's recovery is begun"),
  PERSON_ADMIT(
      Part.AUTHORITY, "person.admit", Operation.ENTITY, 3, "A person is disabled or enabled"),
  PERSON_CONTAIN(Part.AUTHORITY, "person.contain", Operation.ENTITY, 3, "Sessions and grants end"),
  CONTAINMENT_TRY(Part.AUTHORITY, "containment.try", Operation.API, 2, "A step's reach is asked"),
  PERSON_RESET(
      Part.AUTHORITY,
      "person.reset",
      Operation.ENTITY,
      3,
      "A person's passkeys, password and one-time codes are removed"),
  PERSON_READ(Part.AUTHORITY, "person.read", Operation.ENTITY, 2, "A person's entry is read"),
  PERSON_LIST(
      Part.AUTHORITY, "person.list", Operation.ENTITY, 2, "The operator reads the list of people"),
  PERSON_REMOVE(Part.AUTHORITY, "person.remove", Operation.ENTITY, 4, "A person is removed"),
  GROUP_ADD(Part.AUTHORITY, "group.add", Operation.ENTITY, 1, "A group of people is added"),
  GROUP_ADD_MEMBER(
      Part.AUTHORITY, "group.add-member", Operation.ENTITY, 3, "A person is put into a group"),
  GROUP_REMOVE_MEMBER(
      Part.AUTHORITY, "group.remove-member", Operation.ENTITY, 3, "A person leaves a group"),
  GROUP_READ(
      Part.AUTHORITY, "group.read", Operation.ENTITY, 2, "The operator reads who is in a group"),
  GROUP_LIST(
      Part.AUTHORITY, "group.list", Operation.ENTITY, 2, "The operator reads the list of groups"),
  GROUP_REMOVE(Part.AUTHORITY, "group.remove", Operation.ENTITY, 4, "A group is removed"),
  ADMINISTRATION_REFUSE(
      Part.AUTHORITY,
      "administration.refuse",
      Operation.API,
      2,
      "A request to administer over HTTP is refused before it is a command"),
  CHANGE_ASK(Part.AUTHORITY, "change.ask", Operation.API, 1, "A change waits for a second person"),
  CHANGE_CONFIRM(Part.AUTHORITY, "change.confirm", Operation.API, 3, "A second person confirms it"),
  CHANGE_LIST(Part.AUTHORITY, "change.list", Operation.API, 2, "Someone reads what waits"),
  TOKEN_ISSUE(
      Part.SIGNER,
      "token.issue",
      AuditEvent.TOKEN_ACTIVITY,
      1,
      "A token is issued: the signer's counterfoil is this event, and no second one is written"),
  TOKEN_REFUSE(
      Part.AUTHORITY,
      "token.refuse",
      AuditEvent.TOKEN_ACTIVITY,
      2,
      "A token is refused, or a client does not prove itself"),
  TOKEN_REVOKE(
      Part.AUTHORITY, "token.revoke", AuditEvent.TOKEN_ACTIVITY, 3, "A client gives up a token"),
  TOKEN_INTROSPECT(
      Part.AUTHORITY,
      "token.introspect",
      AuditEvent.TOKEN_ACTIVITY,
      4,
      "A token is introspected and holds"),
  TOKEN_INTROSPECT_REFUSE(
      Part.AUTHORITY,
      "token.introspect-refuse",
      AuditEvent.TOKEN_ACTIVITY,
      2,
      "A token is introspected and does not hold, or the request is refused"),
  TOKEN_REVOKE_REFUSE(
      Part.AUTHORITY,
      "token.revoke-refuse",
      AuditEvent.TOKEN_ACTIVITY,
      2,
      "A revocation is refused, or of what does not hold anyway"),
  TOKEN_DISOWN(
      Part.AUTHORITY,
      "token.disown",
      AuditEvent.TOKEN_ACTIVITY,
      3,
      "A person says of a token in their name that it was not they who had it issued"),
  REPORT_FILE(
      Part.AUTHORITY,
      "report.file",
      Operation.ENTITY,
      1,
      "A person sends a report by the form for it"),
  CREDENTIAL_REUSE(
      Part.AUTHORITY,
      "credential.reuse",
      AuditEvent.TOKEN_ACTIVITY,
      2,
      "A code, a refresh token or a session is used again after its owner exchanged it"),
  GRANT_GIVE(
      Part.AUTHORITY,
      "grant.give",
      Operation.ENTITY,
      1,
      "A client gets a code, by which it has tokens in a person's name"),
  GRANT_REFUSE(
      Part.AUTHORITY,
      "grant.refuse",
      Operation.ENTITY,
      2,
      "A client that sent a person's browser gets no code"),
  GRANT_END(
      Part.AUTHORITY,
      "grant.end",
      Operation.ENTITY,
      4,
      "What a person allowed a client ends, with all tokens that it has of it"),
  USERINFO_READ(
      Part.AUTHORITY,
      "userinfo.read",
      Operation.API,
      2,
      "A client reads who a person is, or is refused that"),
  SIGNAL_STREAM_CHANGE(
      Part.AUTHORITY, "signal-stream.change", Operation.ENTITY, 3, "A stream of events is changed"),
  SIGNAL_STREAM_READ(
      Part.AUTHORITY, "signal-stream.read", Operation.ENTITY, 2, "A stream of events is read"),
  SIGNAL_TELL(
      Part.AUTHORITY, "signal.tell", Operation.API, 1, "Streams of a tenant are told of a notice"),
  SIGNAL_RECEIVE(
      Part.AUTHORITY, "signal.receive", Operation.API, 1, "A provider's event is taken or refused"),
  DIGESTS_RECORD(
      Part.AUTHORITY,
      "digests.record",
      Operation.API,
      1,
      "Digests of tokens that were composed elsewhere are recorded"),
  COUNTERFOILS_READ(
      Part.AUTHORITY,
      "counterfoils.read",
      Operation.API,
      2,
      "A custodian begins to read counterfoils"),

  KEY_PREPARE(
      Part.REGISTRAR,
      "key.prepare",
      AuditEvent.KEY_ACTIVITY,
      1,
      "A signer's key is stated, ahead of its use"),
  KEY_ACTIVATE(Part.SIGNER, "key.activate", AuditEvent.KEY_ACTIVITY, 2, "A key begins to sign"),
  KEY_RETIRE(Part.REGISTRAR, "key.retire", AuditEvent.KEY_ACTIVITY, 4, "A key signs no more"),
  KEY_DESTROY(Part.SIGNER, "key.destroy", AuditEvent.KEY_ACTIVITY, 5, "A private key is destroyed"),
  KEY_REVOKE(
      Part.REGISTRAR,
      "key.revoke",
      AuditEvent.KEY_ACTIVITY,
      6,
      "Tokens of keys are no good from a position on"),
  KEY_WITHDRAW(
      Part.REGISTRAR,
      "key.withdraw",
      AuditEvent.KEY_ACTIVITY,
      7,
      "A key is taken out of the trusted set"),
  KEY_TAINT(Part.REGISTRAR, "key.taint", AuditEvent.KEY_ACTIVITY, 8, "A key may be stolen"),
  KEY_ADOPT(
      Part.REGISTRAR, "key.adopt", AuditEvent.KEY_ACTIVITY, 1, "Another issuer's key is stated"),
  KEY_STATE_DECOY(
      Part.REGISTRAR,
      "key.state-decoy",
      AuditEvent.KEY_ACTIVITY,
      7,
      "A decoy key is stated and withdrawn in one"),
  ROTATION_PAUSE(
      Part.REGISTRAR, "rotation.pause", Operation.ENTITY, 3, "Keys are not to change until a time"),
  LOG_STATE(Part.REGISTRAR, "log.state", Operation.ENTITY, 1, "A log is stated"),
  LOG_END(Part.REGISTRAR, "log.end", Operation.ENTITY, 4, "A log has ended"),
  LOG_MOVE(Part.REGISTRAR, "log.move", Operation.ENTITY, 3, "A log is read at another place"),
  CEREMONY_TAKE(
      Part.REGISTRAR,
      "root.ceremony",
      Operation.ENTITY,
      3,
      "What the root's holders signed is taken over"),
  STATEMENT_KEY_MAKE(
      Part.REGISTRAR,
      "statement-key.make",
      AuditEvent.KEY_ACTIVITY,
      1,
      "The registrar makes its next statement key"),
  DISCLOSURE_KEY_STATE(
      Part.REGISTRAR,
      "disclosure-key.state",
      Operation.API,
      1,
      "The keys of the disclosure process are stated"),
  COMMAND_CONFIRM(
      Part.REGISTRAR,
      "command.confirm",
      Operation.API,
      3,
      "A second person confirms what the first one asked for"),
  SIGNER_REPLACE(
      Part.SIGNER,
      "signer.replace",
      Operation.ENTITY,
      4,
      "A signer is to be replaced: its log is sealed, its keys destroyed, unless that was done"
          + " within the last hour"),
  SIGNER_SUCCEED(
      Part.SIGNER,
      "signer.succeed",
      Operation.ENTITY,
      1,
      "The successor of a signer's log is announced"),
  SIGNER_CANCEL_SUCCESSION(
      Part.SIGNER,
      "signer.cancel-succession",
      Operation.ENTITY,
      4,
      "An announced successor is given up"),
  TENANT_ADD(
      Part.SIGNER,
      "tenant.add",
      Operation.ENTITY,
      3,
      "The keys of a registrar or signer may serve one more tenant"),
  DIAGNOSE(
      Part.SIGNER,
      "process.diagnose",
      Operation.API,
      2,
      "The operator has a signer or registrar say how it is inside"),
  PROCESS_START(
      Part.ALL,
      "process.start",
      Operation.LIFECYCLE,
      3,
      "A process starts; its settings, without secrets, stand in the event"),

  STAFF_BEGIN(Part.MONITOR, "staff.begin", Operation.ENTITY, 1, "Staff begins a task at a tenant"),
  STAFF_END(Part.MONITOR, "staff.end", Operation.ENTITY, 4, "A task of staff at a tenant ends"),
  AUDIT_SEARCH(
      Part.MONITOR, "audit.search", Operation.API, 2, "Somebody searches a tenant's audit events"),
  AUDIT_STREAM(
      Part.MONITOR,
      "audit.stream",
      Operation.API,
      2,
      "Somebody begins to read a tenant's audit events as they come"),
  AUDIT_EXPORT(Part.MONITOR, "audit.export", Operation.API, 2, "Somebody exports them"),
  AUDIT_TRACE(
      Part.MONITOR,
      "audit.trace",
      Operation.API,
      2,
      "Somebody asks what a token touched, or who touched an entity"),
  AUDIT_TENANTS_READ(
      Part.MONITOR,
      "audit.tenants",
      Operation.API,
      2,
      "Somebody reads how many events each tenant has"),
  AUDIT_RECORDS_READ(
      Part.MONITOR,
      "audit.records",
      Operation.API,
      2,
      "A custodian begins to read the audit log's records, sealed"),
  AUDIT_HOLD(
      Part.MONITOR,
      "audit.hold",
      Operation.API,
      3,
      "Somebody puts a tenant's events on hold, or ends that"),
  AUDIT_IMPORT(
      Part.MONITOR,
      "audit.import",
      Operation.API,
      1,
      "An operator brings events in from a file: said before each batch of them"),
  AUDIT_DELETE(
      Part.MONITOR,
      "audit.delete",
      Operation.API,
      4,
      "Events are deleted by policy: said before, to each tenant"),
  AUDIT_FORGET(
      Part.MONITOR,
      "audit.forget",
      Operation.API,
      4,
      "A person is forgotten: said before, by his pseudonym"),
  AUDIT_RESTORE(
      Part.MONITOR,
      "audit.restore",
      Operation.API,
      3,
      "The audit log was given back by a custodian: said at the first start after it"),
  AUDIT_CHECK(
      Part.MONITOR,
      "audit.check",
      Operation.API,
      2,
      "The operator has the whole audit log read again"),
  QUARANTINE_READ(
      Part.MONITOR,
      "quarantine.read",
      Operation.API,
      2,
      "A source reads which of its events were not taken"),
  CUSTODY_READ(
      Part.MONITOR,
      "custody.read",
      Operation.API,
      2,
      "A tenant reads its own counterfoils or their number, or an auditor the numbers of all"),
  FINDINGS_READ(Part.MONITOR, "findings.read", Operation.API, 2, "Somebody reads findings"),
  INCIDENT_CHANGE(
      Part.MONITOR,
      "incident.change",
      Operation.ENTITY,
      3,
      "An operator takes on, notes, closes or reopens an incident"),
  FINDING_SUPPRESS(
      Part.MONITOR,
      "finding.suppress",
      Operation.ENTITY,
      3,
      "An operator suppresses findings for a while, approves that, or ends it"),
  FINDING_JUDGE(
      Part.MONITOR,
      "finding.judge",
      Operation.ENTITY,
      3,
      "An operator says whether a finding was right"),
  REPORT_CHANGE(
      Part.MONITOR,
      "report.change",
      Operation.ENTITY,
      3,
      "An operator links a person's report to an incident, or closes it"),
  KEY_REPORT_READ(
      Part.MONITOR, "key-report.read", Operation.API, 2, "Somebody reads every token of a key"),
  ACKNOWLEDGEMENTS_READ(
      Part.MONITOR,
      "acknowledgements.read",
      Operation.API,
      2,
      "The operator reads what verifiers acknowledged"),
  CANARY_WATCH(Part.MONITOR, "canary.watch", Operation.ENTITY, 1, "A decoy key is watched"),
  CANARY_LIST(Part.MONITOR, "canary.list", Operation.ENTITY, 2, "The list of decoys is read"),
  NOTIFICATION_TEST(
      Part.MONITOR,
      "notification.test",
      Operation.API,
      1,
      "The operator tries the channels on which findings are told"),
  FINDING_RAISE(Part.MONITOR, "finding.raise", 2004, 1, "The monitor raises a finding"),
  REQUEST_REFUSE(
      Part.MONITOR,
      "request.refuse",
      Operation.API,
      2,
      "A request to the monitor is refused: its token is missing, bad, or not for that"),

  GUARD_REFUSE(
      Part.GUARD,
      "guard.refuse",
      AuditEvent.TOKEN_ACTIVITY,
      2,
      "A guard does not let a request through to its service"),

  PLAYBOOK_RUN(Part.RESPONSE, "playbook.run", Operation.ENTITY, 1, "A playbook is to run"),
  PLAYBOOK_STEP(Part.RESPONSE, "playbook.step", Operation.ENTITY, 3, "A step is carried out"),
  PLAYBOOK_DECIDE(Part.RESPONSE, "playbook.decide", Operation.ENTITY, 3, "A person decides"),
  PLAYBOOK_READ(Part.RESPONSE, "playbook.read", Operation.ENTITY, 2, "A person reads runs"),

  DISCLOSURE_OPEN(
      Part.DISCLOSURE,
      "disclosure.open",
      Operation.ENTITY,
      1,
      "An incident is taken over from the monitor, for disclosure"),
  DISCLOSURE_READ(
      Part.DISCLOSURE,
      "disclosure.read",
      Operation.ENTITY,
      2,
      "A person reads claims, drafts, clocks, notices, questions, holds or reports"),
  DISCLOSURE_HOLD(
      Part.DISCLOSURE,
      "disclosure.hold",
      Operation.ENTITY,
      3,
      "A person asks to hold a disclosure back, confirms that, or ends the hold"),
  DISCLOSURE_KEY_TAKE(
      Part.DISCLOSURE,
      "disclosure-key.take",
      Operation.ENTITY,
      3,
      "The disclosure process takes the statement of its keys"),
  CLAIM_CHANGE(
      Part.DISCLOSURE,
      "claim.change",
      Operation.ENTITY,
      3,
      "A claim is added, revised or withdrawn, or its evidence is withdrawn"),
  CLOCK_DECIDE(
      Part.DISCLOSURE,
      "clock.decide",
      Operation.ENTITY,
      3,
      "A person decides that a clock began, or that its duty was met"),
  STATEMENT_WRITE(
      Part.DISCLOSURE,
      "statement.write",
      Operation.ENTITY,
      3,
      "A person writes texts of a statement"),
  STATEMENT_APPROVE(
      Part.DISCLOSURE, "statement.approve", Operation.ENTITY, 3, "A person approves a draft"),
  STATEMENT_PUBLISH(
      Part.DISCLOSURE, "statement.publish", Operation.ENTITY, 1, "A statement is published"),
  NOTICE_SEND(
      Part.DISCLOSURE, "notice.send", Operation.ENTITY, 1, "Notices are sent to those affected"),
  NOTICE_ACKNOWLEDGE(
      Part.DISCLOSURE,
      "notice.acknowledge",
      Operation.ENTITY,
      3,
      "A person says that a notice was read"),
  NOTICE_ASK(
      Part.DISCLOSURE,
      "notice.ask",
      Operation.ENTITY,
      3,
      "A person asks about a notice, or an operator answers"),
  PROMISES_JUDGE(
      Part.DISCLOSURE,
      "promises.judge",
      Operation.ENTITY,
      1,
      "The result of the promises on a day is recorded and published"),
  VULNERABILITY_CHANGE(
      Part.DISCLOSURE,
      "vulnerability.change",
      Operation.ENTITY,
      3,
      "A report of a vulnerability is received, changes its state, or gets another embargo");

  private static final long AUTHENTICATION = 3002;
  private static final long ENTITY = 3004;
  private static final long API = 6003;
  private static final long LIFECYCLE = 6002;

  /** Which of our parts says it. */
  public enum Part {
    AUTHORITY,
    SIGNER,
    REGISTRAR,
    MONITOR,
    GUARD,
    RESPONSE,
    DISCLOSURE,
    ALL
  }

  private final Part part;
  private final String code;
  private final long classUid;
  private final long activityId;
  private final String meaning;

  Operation(Part part, String code, long classUid, long activityId, String meaning) {
    this.part = part;
    this.code = code;
    this.classUid = classUid;
    this.activityId = activityId;
    this.meaning = meaning;
  }

  /** Which of our parts says it. */
  public Part part() {
    return part;
  }

  /** Its stable name, in {@code metadata.event_code}. */
  public String code() {
    return code;
  }

  /** OCSF's class, or the extension's. */
  public long classUid() {
    return classUid;
  }

  /** The activity in that class. */
  public long activityId() {
    return activityId;
  }

  /** What it is, in a sentence without its end. */
  public String meaning() {
    return meaning;
  }
}
