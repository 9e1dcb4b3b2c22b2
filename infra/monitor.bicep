metadata description = 'Alerts to an e-mail address, and a workbook with pictures of what the app does.'

param token string
param location string
param workspaceId string

@description('The object id of the identity of the app.')
param identityPrincipalId string

@description('Where alerts are sent; empty = there are none, only the workbook.')
param alertEmail string

@description('Days without an export after which an alert is sent.')
@minValue(1)
param noExportDays int
param tags object

type Rule = {
  name: string
  severity: 0 | 1 | 2
  query: string
  by: string[]?
  measure: string?
  operator: 'LessThan' | 'GreaterThanOrEqual'?
  threshold: int?
  window: 'PT1H' | 'P1D' | 'P2D'?
}

var rules Rule[] = [
  {
    name: 'error-notifications'
    severity: 1
    query: loadTextContent('queries/error-notifications.kql')
    by: ['event']
  }
  {
    name: 'warning-notifications'
    severity: 2
    query: loadTextContent('queries/warning-notifications.kql')
    by: ['event']
  }
  {
    name: 'no-sweep'
    severity: 1
    query: loadTextContent('queries/no-sweep.kql')
    measure: 'sweeps'
    operator: 'LessThan'
    threshold: 1
    window: 'PT1H'
  }
  {
    name: 'no-export'
    severity: 2
    query: loadTextContent('queries/no-export.kql')
    measure: 'days'
    operator: 'GreaterThanOrEqual'
    threshold: noExportDays
    window: 'P2D'
  }
  {
    name: 'writes-outside-runs'
    severity: 0
    query: replace(loadTextContent('queries/writes-outside-runs.kql'), 'IDENTITY', identityPrincipalId)
    window: 'P1D'
  }
  {
    name: 'runs-without-writes'
    severity: 2
    query: replace(loadTextContent('queries/runs-without-writes.kql'), 'IDENTITY', identityPrincipalId)
    window: 'P2D'
  }
  {
    name: 'identity-assigned'
    severity: 0
    query: loadTextContent('queries/identity-assigned.kql')
  }
  {
    name: 'settings-or-code-changed'
    severity: 2
    query: loadTextContent('queries/settings-or-code-changed.kql')
  }
]
var pictures = [
  { title: 'Runs', query: loadTextContent('queries/runs-over-time.kql'), as: 'barchart' }
  { title: 'Outcomes of rows', query: loadTextContent('queries/outcomes-over-time.kql'), as: 'barchart' }
  { title: 'Rows per minute, with telemetry on', query: loadTextContent('queries/rate-over-time.kql'), as: 'timechart' }
  { title: 'Percent of requests to Graph answered with 429, with telemetry on', query: loadTextContent('queries/throttle-over-time.kql'), as: 'timechart' }
  { title: 'People with drift', query: loadTextContent('queries/drift-over-time.kql'), as: 'timechart' }
  { title: 'Notifications', query: loadTextContent('queries/notifications.kql'), as: 'table' }
]

resource mail 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(alertEmail)) {
  name: 'ag-${token}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'phones'
    enabled: true
    emailReceivers: [
      {
        name: 'operators'
        emailAddress: alertEmail
        useCommonAlertSchema: true
      }
    ]
  }
}

@description('The alert rules: each sends an e-mail when its query finds something.')
resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: if (!empty(alertEmail)) {
    name: '${rule.name}-${token}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'Phone methods: ${rule.name}'
      description: 'See docs/operations.md#alerts.'
      severity: rule.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: rule.?window == null ? 'PT15M' : 'PT1H'
      windowSize: rule.?window ?? 'PT15M'
      // an alert on a state fires once and resolves; one on events fires each time
      autoMitigate: rule.?measure != null
      // a table that the workspace does not have yet, such as AuditLogs, must not fail the deployment
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: rule.?measure == null ? 'Count' : 'Total'
            metricMeasureColumn: rule.?measure
            dimensions: map(rule.?by ?? [], name => { name: name, operator: 'Include', values: ['*'] })
            operator: rule.?operator ?? 'GreaterThan'
            threshold: rule.?threshold ?? 0
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: [mail.id]
      }
    }
  }
]

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, token, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Phone methods'
    category: 'workbook'
    sourceId: workspaceId
    version: '1.0'
    serializedData: string({
      version: 'Notebook/1.0'
      items: concat(
        [
          {
            type: 9
            content: {
              version: 'KqlParameterItem/1.0'
              parameters: [{ name: 'TimeRange', label: 'Time', type: 4, value: { durationMs: 2592000000 } }]
            }
          }
        ],
        map(pictures, one => {
          type: 3
          content: {
            version: 'KqlItem/1.0'
            query: one.query
            title: one.title
            size: 0
            queryType: 0
            resourceType: 'microsoft.operationalinsights/workspaces'
            timeContextFromParameter: 'TimeRange'
            visualization: one.as
          }
        })
      )
    })
  }
}
