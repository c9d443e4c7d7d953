// The shapes that the pages' modules hand to each other. Those of answers are the API's: see
// docs/api.md.

interface JSON {
    /** A number as it was written; see ECMAScript's "JSON.parse source text access". */
    rawJSON?(text: string): unknown;
}

declare function SwaggerUIBundle(options: object): void;

/** What the address says: texts by name; `agent` is null where it names the fleet. */
interface State {
    agent: string | null;
    range: string;
    tz: string;
    [name: string]: string | null | undefined;
}

/** Which time is shown. See state/period.js. */
interface Period {
    from: string;
    to: string;
    until: Date;
    before: { from: string; to: string };
    interval: string;
    range: string;
    zone: string;
}

/** What every part of a page is shown by. */
interface View {
    state: State;
    now: Date;
    period: Period;
    isRefresh: boolean;
}

interface Column {
    key: string;
    label: string;
    cell(row: any, view: View): any;
    isSorted?: boolean;
    number?: boolean;
    title?: boolean;
    full?: boolean;
    isBare?: boolean;
    secondary?: boolean;
}

/** A page, or a part of one, that shows itself. */
interface Part {
    element: HTMLElement;
    load(view: View): Promise<any>;
    show(data: any, view: View): void;
    fail(error: any, view: View): void;
}

interface PageOfDashboard {
    element: HTMLElement;
    heading: HTMLElement;
    sections: import("./dashboard/parts/section.js").Section[];
    show(view: View): void;
    title: string;
}

/** How far a new service has come: names of versions that are registered, and of those that ran. */
interface FirstSteps {
    agent: string | null;
    registered: string[];
    ran: string[];
    hasRuns: boolean;
}
