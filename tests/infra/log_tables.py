"""The tables of Log Analytics that queries read, and the queries."""

from __future__ import annotations

from tools.infra import INFRA

QUERIES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((INFRA / "queries").glob("*.kql"))}
_OF_APP = (
    "TimeGenerated:datetime, OperationId:string, OperationName:string, ParentId:string, AppRoleName:string, "
    "AppRoleInstance:string, Properties:dynamic, Measurements:dynamic, ItemCount:int, _ResourceId:string"
)
TABLES = {
    "AppTraces": f"({_OF_APP}, Message:string, SeverityLevel:int)",
    "AppRequests": f"({_OF_APP}, Id:string, Name:string, Url:string, DurationMs:real, ResultCode:string, Success:bool)",
    "AppDependencies": f"({_OF_APP}, Id:string, Name:string, Data:string, Target:string, DependencyType:string, "
    "DurationMs:real, ResultCode:string, Success:bool)",
    "AppMetrics": f"({_OF_APP}, Name:string, Sum:real, Min:real, Max:real)",
    "AuditLogs": "(TimeGenerated:datetime, ActivityDateTime:datetime, OperationName:string, LoggedByService:string, "
    "Category:string, Result:string, ResultReason:string, CorrelationId:string, InitiatedBy:dynamic, "
    "TargetResources:dynamic, AdditionalDetails:dynamic)",
    "AzureActivity": "(TimeGenerated:datetime, OperationNameValue:string, ActivityStatusValue:string, Caller:string, "
    "CategoryValue:string, ResourceGroup:string, _ResourceId:string)",
}
"""Source: the reference of Azure Monitor's tables, articles/azure-monitor/reference/tables."""
