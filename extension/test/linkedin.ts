/** LinkedIn at the far end of the wire: a member, people, invitations and a queue of odd answers, with a book of requests. */

export const SELF = "urn:li:fsd_profile:ACoAAASELF";
export const TARGET = "urn:li:fsd_profile:ACoAAATARGET";

export interface Seen {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | null;
  redirect: string | undefined;
}

export interface Sent {
  urn: string;
  invitee: string;
  message: string | null;
  at: number;
}

const EMPTY = { data: { "*elements": [], paging: { count: 100, start: 100 } }, included: [] };

type Reply = (commit: () => Sent) => Response | Promise<Response>;

export const NORMALIZED = "application/vnd.linkedin.normalized+json+2.1; charset=UTF-8";

/** An answer in LinkedIn's usual envelope. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return new Response(text, { status, headers: { "content-type": NORMALIZED, ...headers } });
}

/** An error with a business code, or a bare one. */
export function failure(status: number, code?: string): Response {
  return json({ data: code === undefined ? { status } : { code, status }, included: [] }, status);
}

export class LinkedIn {
  requests: Seen[] = [];
  sent: Sent[] = [];
  signedIn = SELF;
  premium = false;
  emailRequired = false;
  /** Whether the relationship leaves out which invitation stands. */
  nameless = false;
  /** Answers for the next POSTs instead of the ordinary one; each may commit the invitation. */
  onPost: Reply[] = [];
  /** Answers for `/me` while it is not null. */
  onMe: (() => Response) | null = null;
  relation: "none" | "connected" | "pending_in" = "none";
  /** Who is connected, and since when; the newest first. */
  connections: [string, number][] = [];
  /** Answers for a relationship read by itself while it is not null. */
  onRelation: (() => Response) | null = null;
  /** What happens elsewhere while LinkedIn answers a read. */
  onRead: (path: string) => void = () => undefined;

  get posts(): Seen[] {
    return this.requests.filter((request) => request.method === "POST");
  }

  async answer(path: string, init: RequestInit): Promise<Response> {
    const method = init.method ?? "GET";
    const body = typeof init.body === "string" ? init.body : null;
    this.requests.push({ method, path, headers: init.headers as Record<string, string>, body, redirect: init.redirect });
    if (method === "POST" && path.endsWith("?action=withdraw")) return this.withdraw(path);
    if (method === "POST") return this.invite(JSON.parse(body ?? "{}") as InviteBody);
    this.onRead(path);
    if (path.startsWith("/voyager/api/me")) return this.onMe?.() ?? json(this.me());
    if (path.includes("/identity/dash/profiles")) return json(this.profile());
    // Both lists fit on one page; the next one is empty.
    const further = !path.endsWith("start=0");
    if (path.includes("sentInvitationViewsV2")) return json(further ? EMPTY : this.sentList());
    if (path.includes("/relationships/dash/connections")) return json(further ? EMPTY : this.connectionList());
    if (this.onRelation !== null) return this.onRelation();
    return json({ data: { entityUrn: "urn:li:fsd_memberRelationship:ACoAAATARGET", ...this.union() }, included: this.standing() });
  }

  private async invite(body: InviteBody): Promise<Response> {
    const commit = (): Sent => {
      const urn = `urn:li:fsd_invitation:74000000000000000${String(10 + this.sent.length)}`;
      const sent = { urn, invitee: body.invitee.inviteeUnion.memberProfile, message: body.customMessage ?? null, at: Date.now() };
      this.sent.push(sent);
      return sent;
    };
    const reply = this.onPost.shift();
    return reply === undefined ? created(commit()) : reply(commit);
  }

  private async withdraw(path: string): Promise<Response> {
    const found = this.sent.find(({ urn }) => path.includes(encodeURIComponent(urn)));
    if (found === undefined) return failure(404);
    const commit = (): Sent => {
      this.sent.splice(this.sent.indexOf(found), 1);
      return found;
    };
    const reply = this.onPost.shift();
    if (reply !== undefined) return reply(commit);
    commit();
    return json({ data: { $type: "com.linkedin.restli.common.ActionResponse" }, included: [] });
  }

  /** Holds an invitation to the target, as if it had been sent a day ago. */
  hold(): Sent {
    const sent = { urn: "urn:li:fsd_invitation:7400000000000000001", invitee: TARGET, message: null, at: Date.now() - 86_400_000 };
    this.sent.push(sent);
    return sent;
  }

  private me(): unknown {
    const id = this.signedIn.replace("urn:li:fsd_profile:", "");
    return {
      data: { plainId: 1, premiumSubscriber: this.premium, "*miniProfile": `urn:li:fs_miniProfile:${id}` },
      included: [
        { entityUrn: "urn:li:fs_miniProfile:OTHER", dashEntityUrn: "urn:li:fsd_profile:OTHER", firstName: "Not", lastName: "Me" },
        { entityUrn: `urn:li:fs_miniProfile:${id}`, dashEntityUrn: this.signedIn, firstName: "Sam", lastName: "Viewer" },
      ],
    };
  }

  private profile(): unknown {
    return {
      data: { "*elements": [TARGET], paging: { count: 10, start: 0, links: [] } },
      included: [
        { entityUrn: SELF, firstName: "Sam", lastName: "Viewer", $type: "com.linkedin.voyager.dash.identity.profile.Profile" },
        ...this.standing(),
        {
          entityUrn: TARGET,
          publicIdentifier: "ada-example",
          firstName: "Ada",
          lastName: "Example",
          headline: "Analyst",
          emailRequired: this.emailRequired,
          "*memberRelationship": "urn:li:fsd_memberRelationship:ACoAAATARGET",
        },
        { entityUrn: "urn:li:fsd_memberRelationship:ACoAAATARGET", ...this.union() },
      ],
    };
  }

  private union(): { memberRelationshipUnion: unknown } {
    if (this.relation === "connected") return { memberRelationshipUnion: { "*connection": "urn:li:fsd_connection:ACoAAATARGET" } };
    const invitation = this.standing()[0];
    const { entityUrn, ...unnamed } = invitation ?? { entityUrn: null };
    const named = this.nameless ? { invitation: unnamed } : { "*invitation": entityUrn };
    const invitationUnion = invitation === undefined ? { noInvitation: { inviter: SELF } } : named;
    return { memberRelationshipUnion: { noConnection: { invitationUnion } } };
  }

  private standing(): { entityUrn: string }[] {
    const last = this.sent.at(-1);
    const one = { invitationState: "PENDING", genericInvitationType: "CONNECTION" };
    if (this.relation === "pending_in") {
      return [{ ...one, entityUrn: "urn:li:fsd_invitation:9", invitationType: "RECEIVED", inviteeMember: SELF } as { entityUrn: string }];
    }
    if (last === undefined) return [];
    const message = last.message === null ? null : { text: last.message };
    return [{ ...one, entityUrn: last.urn, invitationType: "SENT", inviteeMember: TARGET, message } as { entityUrn: string }];
  }

  private connectionList(): unknown {
    const urn = (id: string): string => `urn:li:fsd_connection:${id}`;
    return {
      data: { "*elements": this.connections.map(([id]) => urn(id)), paging: { count: 40, start: 0 } },
      included: this.connections.map(([id, createdAt]) => ({
        entityUrn: urn(id),
        createdAt,
        connectedMember: `urn:li:fsd_profile:${id}`,
      })),
    };
  }

  private sentList(): unknown {
    return {
      data: { "*elements": this.sent.map((sent) => `urn:li:fs_relSentInvitationView:${sent.urn}`), paging: { total: 0 } },
      included: this.sent.map((sent) => ({
        entityUrn: sent.urn.replace("fsd_invitation", "fs_relInvitation"),
        mailboxItemId: sent.urn.replace("fsd_invitation", "invitation"),
        invitationType: "SENT",
        customMessage: sent.message !== null,
        message: sent.message,
        sentTime: sent.at,
        toMemberId: sent.invitee.replace("urn:li:fsd_profile:", ""),
      })),
    };
  }
}

interface InviteBody {
  invitee: { inviteeUnion: { memberProfile: string } };
  customMessage?: string;
}

/** LinkedIn's answer to an invitation it took (linkedin-wire 9.3, `invite.ok`). */
export function created(sent: Sent): Response {
  const value = { invitationUrn: sent.urn, "*invitation": sent.urn, inviteeUrn: sent.invitee, followEdgeUpdated: true };
  return json({ data: { value, $type: "com.linkedin.restli.common.ActionResponse" }, included: [{ entityUrn: sent.invitee }] });
}
